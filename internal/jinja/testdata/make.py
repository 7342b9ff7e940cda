"""Writes vectors.jsonl: templates rendered by Jinja2 in the environment of transformers.

Needs Jinja2 (made with 3.1.6 on Python 3.11): python3 make.py > vectors.jsonl
"""
import datetime
import json

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2026, 11, 24, 9, 5, 7)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_same"), [], [], body).set_lineno(line)

    def _same(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return env


# All templates are given these. The first line of the output holds them.
VARS = {
    "x": 3, "y": -2.5, "s": "Hello wOrld, hello", "e": "", "n": None, "t": True,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "big": 1e20,
    "d": {"a": 1, "b": [1, {"k": "v"}], "items": "own", "é": "<é\n\"\\\t>"},
    "m": [{"role": "system", "content": "be"}, {"role": "user", "content": "hi", "n": 2}, {"role": "user", "content": "yo", "n": 1}],
    "u8": "naïve ﬁne ß Ǆ 日本 😀", "blank": " \t x \n ", "lines": "a\nb\r\n\nc\n",
}

WHITESPACE = [
    "a\n  {% if t %}\nb\n  {% endif %}\nc\n", "a\n", "a\n\n", "\n", "", "a\r\nb\rc\r\n", "  {% if t %}x{% endif %}  y",
    "  {%+ if t %}x{% endif %}\n", "a {%- if t -%} b {%- endif -%} c", "{% if t +%}\nx{% endif %}", "a\n\t {# c #}\nb", "a {#- c -#} b",
    "{{ x }}\n{{ x }}", "{{- x -}}  \n y", "  {{ x }}  ", "a\n   {{- x }}", "{% raw %}\n{{ x }} {% if %}\n{% endraw %}\nz",
    "a {%- raw -%} {{ x }} {%- endraw -%} b", "{% set q = 1 %}\n\nz", "x  {% if t %}\n  {% if t %}\n  b{% endif %}{% endif %}", "\u00a0{% if t %}x{% endif %}",
    "{{ x }}{# a #}{# b #}\n{# c #}\n", "a\n  {% for i in l %}\n  - {{ i }}\n  {% endfor %}\nz", "{{ '{{' }} {{ '}}' }} {{ {'a': {'b': 1}}.a.b }}", "{ { % # } a}}",
    "{#\n multi\n#}\nx", "{% if t %}\r\nx\r\n{% endif %}", "{% raw %}  {% endraw %}x", "\x1c{%- if t %}x{% endif %}", "{{+x}}{{-x}}",
]

EXPRESSIONS = """1/2|7//2|-7//2|-7%3|7%-3|7.5%2|-7.5%2|2**10|2**-1|2**0.5|-2**2|10**18|1.0|1e3|1_000|0x1f|0b11|0o17|1e16|1e15|1e-5|0.0001|-0.0
true|none|false|[1,'a',none,true,1.5]|(1,)|()|(1,2)|{'a':1,2:'b'}|{}|[]|[[1],(2,),{}]
x+1|x-y|x*y|x/2|s+'!'|'a'*3|3*'a'|[1]*2|l+[4]|(1,)+(2,)|1+true|'a'~1~none~1.5~l|-x|+x|-y|- -x|x+'a'|s-1|l+s|x/0|x//0|x%0|1.0/0|n+1
1<2|1<2<3|1<3<2|'a'<'b'|'a'<1|[1,2]<[1,3]|x==3|x==3.0|true==1|'a'=='a'|l==[3,1,2]|d=={}|n==none|nope==none|nope==nada|x!=3|x>=3|(1,2)==(1,2)|[1]==(1,)
1 in l|9 in l|9 not in l|'lo' in s|'a' in d|1 in s|'a' in nope|not x|not e|x and y|e or 'z'|e and x|n or e|x if t else y|x if e|(x if e) is defined|1 if 0 else 2 if 0 else 3
nope|nope.a|nope['a']|nope()|nope|length|nope+1|nope~'a'|-nope|nope|default('z')|e|default('z')|e|default('z',true)|n|default('z')|n|d('z',true)|nope is defined|nope is undefined|d.zz|d.zz.a|d['zz'] is defined|s.zz|s.__class__|d.__class__.x
d.a|d['a']|d.items|d['items']|d.b[1].k|d.b[-1]['k']|l[0]|l[-1]|l[5]|l[5] is defined|l['a']|s[0]|s[-1]|s[99]|l[1:]|l[:-1]|l[::-1]|l[5:]|s[1:4]|s[::-1]|s[::2]|s[-3:]|u8[2:7]|(1,2,3)[1:]|l[::0]|l[none:2]|m[1:][0].role|l.0|range(5)[1]|range(5)[1:3]|d[1:2]
s.upper()|s.lower()|s.title()|s.capitalize()|s.swapcase()|u8.upper()|u8.capitalize()|u8.title()|'they\\'re x1y'.title()|blank.strip()|blank.lstrip()|blank.rstrip()|'xxaxx'.strip('x')|s.strip('Hd')|s.split()|s.split(',')|s.split('l',1)|s.rsplit('l',1)|' a  b '.split()|' a  b c'.split(none,1)|'a  b  c '.rsplit(none,1)|' a b'.split(' ')|''.split()|''.split(',')|'a'.split('')|lines.splitlines()|lines.splitlines(true)
s.startswith('He')|s.startswith(('x','H'))|s.endswith('lo')|s.startswith('e',1)|s.replace('l','L')|s.replace('l','L',2)|s.replace('','-')|s.find('l')|s.rfind('l')|s.find('zz')|s.index('w')|s.index('zz')|s.count('l')|', '.join(w)|'-'.join('abc')|','.join(l)|s.removeprefix('He')|s.removesuffix('lo')|'7'.zfill(3)|'-7'.zfill(4)|'a'.ljust(3)~'|'|'a'.rjust(3)|'a'.center(4)~'|'|'ab'.center(5,'*')|'a-b'.partition('-')|'a-b-c'.rpartition('-')|'ab'.partition('x')|s.find('l',5)|s.count('')
'12'.isdigit()|'a1'.isalnum()|'ab'.isalpha()|' '.isspace()|'AB'.isupper()|'ab'.islower()|''.isdigit()|'{} {}'.format(1,'a')|'{1}{0}{k}'.format(1,2,k=3)|'{{}}'.format()|'{'.format()|'{}'.format()|s.nosuch()
d.keys()|d.values()|d.items()|d.get('a')|d.get('zz')|d.get('zz',5)|d.copy()|d.pop('a')|l.append(1)|l.index(1)|l.count(3)|l.index(99)|l.pop|{'a':1}.items()|list|{'k':1}.keys()|list
-3|abs|y|abs|l|first|l|last|[]|first|[]|last is defined|s|first|d|first|l|length|s|length|u8|length|d|length|x|length|l|count|l|list|s|list|d|list|x|list|l|sort|w|sort|w|sort(case_sensitive=true)|w|sort(reverse=true)|m[1:]|sort(attribute='n')|map(attribute='content')|list|l|min|l|max|w|min|[]|max is defined|l|sum|[]|sum|m[1:]|sum(attribute='n')|['a']|sum|w|unique|list|[1,1.0,true,2]|unique|list|['a','A']|unique|list
s|upper|s|lower|s|title|s|capitalize|'x-y (z) [w] {v} <u>'|title|blank|trim|'xax'|trim('x')|s|replace('o','0')|s|replace('o','0',1)|1|replace('1','2')|w|join|w|join('-')|l|join(',')|m|join(',',attribute='role')|s|reverse|l|reverse|list|l|string|1.0|string|n|string|x|float|'1.5'|float|'a'|float|'a'|float(2)|nope|int|nope|int(5)|nope|float|d.zz|float(1)|'ΟΔΟΣ aΣ.b İ'|lower|'ΟΔΟΣ aΣ'.lower()|'οΔΟΣ Σ'.capitalize()|'3'|int|'3.7'|int|'x'|int|'x'|int(5)|'1f'|int(base=16)|'0x1f'|int(0,16)|3.9|int|-3.9|int|n|int|' 4 '|int|'1_0'|int|true|int
2.5|round|3.5|round|3.14159|round(2)|x|round|25|round(-1)|35|round(-1)|2.1|round(method='ceil')|2.9|round(0,'floor')|2.345|round(2,'floor')|1.15|round(1)|1234.5|round(-2)|'a'|round|lines|indent|lines|indent(2,true)|lines|indent('> ',blank=true)|''|indent|s|wordcount|d|items|list|nope|items|list|x|items|list|{'b':1,'A':2}|dictsort|{'b':1,'a':2}|dictsort(by='value')|{'b':1,'a':2}|dictsort(reverse=true)|l|batch(2)|list|l|batch(2,0)|list|s|center(30)|s|safe|'a%sb%d'|format('x',3)|'%(k)s'|format(k=1)|'%05.1f|%-4d|%x'|format(2.25,3,255)|'%s'%n|'%d'%3.7|'%d%%'%3|'%s %s'%('a',1)|'%s'%'a'|'%s'|format|'x'%1
d|tojson|l|tojson|d|tojson(indent=2)|d|tojson(ensure_ascii=true)|'😀\\x7f'|tojson(ensure_ascii=true)|'a\\u2028</script>'|tojson|{'b':1,'a':2}|tojson(sort_keys=true)|d|tojson(separators=(',',':'))|(1,2)|tojson|nope|tojson|1.0|tojson|1e20|tojson|none|tojson|{}|tojson(indent=2)|[]|tojson(indent=1)|[[],[1]]|tojson(indent='\\t')|{1:2,none:3,true:4}|tojson|range(3)|tojson|big|tojson
l|map('string')|list|w|map('upper')|join|m|map(attribute='role')|list|m|map(attribute='n',default=0)|list|m|map(attribute='n')|list|m|map('nosuch')|list|[]|map('nosuch')|list|nope|map('upper')|list|l|select('odd')|list|l|reject('odd')|list|[0,1,'',2]|select|list|m|selectattr('role','equalto','user')|list|length|m|selectattr('n')|map(attribute='n')|list|m|rejectattr('n','defined')|list|m|selectattr('role','in',['system'])|list|l|select('gt',1)|list|m|map(attribute='content.0')|list|[[1,2]]|map('first')|list|['a b']|map('replace',' ','-')|list
x is odd|x is even|x is number|y is float|x is integer|true is integer|true is number|true is boolean|s is string|l is sequence|s is sequence|d is mapping|d is iterable|x is iterable|l is iterable|n is none|n is not none|x is divisibleby 3|x is divisibleby(2)|x is eq 3|x is gt 2|x is in l|x is not in l|s is lower|'a' is lower|'A' is upper|true is true|1 is true|false is false|0 is false|x is sameas x|d is sameas {}|range is callable|x is callable|x is nosuch|'upper' is filter|nope is none|nope is iterable|x is string and true|x is defined if true else 2|x is x is x
range(3)|range(3)|list|range(1,7,2)|list|range(5,0,-2)|list|range(0)|list|range(200000)|range()|dict(a=1)|dict({'b':2},a=1)|dict([('a',1)])|namespace(a=1)|namespace(a=1).a|namespace().a is defined|namespace({'k':1}).k|raise_exception('no!')|strftime_now('%d %b %Y %H:%M:%S %A %a %B %m %y %j %p %I %% %-d %e')|loop|loop is defined|range(3)|sum
'a' 'b'|'a\\nb'|"it's"|['it\\'s']|['a"b\\'c']|['\\x07é\\u200b😀\\n\\t\\\\']|'\\x41\\u00e9\\101\\q\\\\'|'a\\
b'|"\\"|'|l if l else 'none'|(l)|((1))|[1,]|{'a':1,}|f(1|1 2|l[|{'a' 1}|)|'abc|x.|x..y|1.2.3|$|é|_a|not|x not y|x is|x is not|x|nosuch|x|upper(1)|l|join(1,2,3)|s.upper(1)|s.replace('a')|l|first.foo|x|first|5.foo
*l|dict(**d)|dict(*[{'a':1}])|dict(a=1,**{'a':2})|range(*[1,3])|list|s.replace(*('l','L'))""".replace("\\\n", "\\\\n")

STATEMENTS = [
    "{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.previtem }}|{{ loop.nextitem }};{% endfor %}",
    "{% for i in l %}{{ loop }}{{ loop.cycle('a', 'b') }}{{ loop.changed(i > 1) }}{% endfor %}", "{% for i in [] %}x{% else %}none{% endfor %}", "{% for i in nope %}x{% else %}none{% endfor %}",
    "{% for i in l if i > 1 %}{{ i }}{{ loop.length }}{% endfor %}", "{% for i in l if i > 9 %}{{ i }}{% else %}e{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{% for c in 'héy' %}{{ c }}.{% endfor %}", "{% for i in x %}{% endfor %}", "{% for i in 1, 2 %}{{ i }}{% endfor %}",
    "{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "{% for i in l %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% break %}", "{% for i in l %}{% for j in l %}{{ i }}{{ loop.index }}{% break %}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% set z = 1 %}{% for i in l %}{% set z = i %}{{ z }}{% endfor %}{{ z }}", "{% for i in l %}{% endfor %}{{ i is defined }}", "{% for i in [1, 2] %}{{ q is defined }}{% set q = i %}{{ q }}{% endfor %}", "{% if t %}{% set q = 1 %}{% endif %}{{ q }}",
    "{% set ns = namespace(n=0, l=[]) %}{% for i in l %}{% set ns.n = ns.n + i %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.n }}{{ ns.l }}", "{% set d.a = 1 %}", "{% set nope.a = 1 %}", "{% set a, b = 1, 2 %}{{ b }}{{ a }}", "{% set a, b = 1 %}", "{% set (a, b) = (1, 2) %}{{ a }}", "{% set q %}a{{ x }}{% endset %}{{ q }}{{ q is string }}",
    "{% set q | upper | trim %} a{{ s }} {% endset %}[{{ q }}]", "{% set q = 1, 2 %}{{ q }}", "{% set true = 1 %}", "{% set q %}{% set r = 1 %}{% endset %}{{ r is defined }}", "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter replace('a', 'b') | upper %}aca{% endfilter %}",
    "{% with a = 1, b = x %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% with a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{% endwith %}", "{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a is defined }}",
    "{% if e %}a{% elif x == 3 %}b{% else %}c{% endif %}", "{% if e %}a{% elif n %}b{% else %}c{% endif %}", "{% if e %}a{% endif %}", "{% if x == 3: %}a{% endif %}", "{% if l[0] == 3 and not e or n %}y{% endif %}", "{% if %}{% endif %}", "{% if x %}", "{% endif %}", "{% for %}{% endfor %}", "{% else %}", "{% foo %}", "{% if x %}{% else %}{% elif y %}{% endif %}",
    "{% macro f(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }}|{{ f(1, 3) }}|{{ f(1, c=4) }}|{{ f(b=1) }}|{{ f() }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(z=2) }}", "{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, z=4) }}", "{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(5) }}", "{% macro f(a=1, b) %}{% endmacro %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% macro f() %}{{ g }}{% endmacro %}{% set g = 4 %}{{ f() }}", "{% set g = 4 %}{% macro f() %}{{ g }}{% set g = 5 %}{{ g }}{% endmacro %}{{ f() }}{{ g }}", "{% macro f() %}{% endmacro %}{{ f }}{{ f.name }}", "{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f() ~ 'z' }}", "{% macro f() %} x\n{% endmacro %}[{{ f()|trim }}]",
    "{% macro f() %}<{{ caller() }}>{% endmacro %}{% call f() %}in{{ x }}{% endcall %}", "{% macro f() %}<{{ caller(1) }}>{% endmacro %}{% call(q) f() %}in{{ q }}{% endcall %}", "{% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}", "{% call x %}{% endcall %}", "{% macro f() %}a{% endmacro %}{% for i in l %}{{ f() }}{% endfor %}", "{% if t %}{% macro f() %}a{% endmacro %}{% endif %}{{ f() }}", "{% macro f(x) %}{{ x }}{% endmacro %}{{ x }}{{ f(9) }}{{ x }}", "{% for i in [1,2] %}{% macro f() %}{{ i }}{% endmacro %}{{ f() }}{% endfor %}",
    "{% generation %}a{{ x }}{% endgeneration %}b", "{%- generation -%} a {%- endgeneration -%} b", "{% generation %}{% set q = 1 %}{% endgeneration %}{{ q is defined }}", "{% print x %}", "{% print x, y %}", "{{ x, y }}", "{% set q = m | selectattr('n') %}{{ q | list | length }}{{ q | list | length }}", "{% set q = l|map('string') %}{{ q|first }}{{ q|join(',') }}",
    "{% if nosuch is nosuchtest %}{% endif %}", "{% if e %}{{ x|nosuch }}{% endif %}ok", "{{ raise_exception('Only ' ~ x) }}", "{% if e %}{{ raise_exception('a') }}{% endif %}fine", "{{ x }}{{ }}", "{{ x } }", "{{ x", "{% if x", "{# x", "{{ '", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}", "{% set j = joiner(', ') %}{% for i in l %}{{ j() }}{{ i }}{% endfor %}", "{% set q = dict(a=1) %}{% set _ = q.update({'b': 2}) %}",
    "{% for i in range(3) %}{% for j in range(2) %}{{ loop.index }}{% set outer = loop %}{% endfor %}{{ loop.index }}{% endfor %}", "{{ m[-1].content if m[-1].role == 'user' else '' }}", "{% for a in m %}{% if loop.first and a.role == 'system' %}{% set sys = a.content %}{{ sys }}{% continue %}{% endif %}{{ a['content'] | capitalize }}\n{% endfor %}", "{%- set f = 1 -%}\n {{ f }}", "{% set x = x + 1 %}{{ x }}", "{% for x in l %}{{ x }}{% endfor %}{{ x }}", "{% for i in l %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
]

REFUSED = ["{% for i in l recursive %}{{ i }}{% endfor %}", "{% include 'a' %}", "{% import 'a' as b %}", "{% from 'a' import b %}", "{% extends 'a' %}", "{% block a %}b{% endblock %}", "{% autoescape true %}{% endautoescape %}", "{{ '<'|e }}", "{{ '<'|escape }}", "{{ l|random }}", "{{ s|urlencode }}", "{% for i in [[1]] recursive %}{{ loop(i) if i is iterable else i }}{% endfor %}", "{{ '{:>5}'.format(1) }}", "{{ '{0.real}'.format(1) }}"]


def cases():
    for i, template in enumerate(WHITESPACE):
        yield f"whitespace {i}", template, False
    for line in EXPRESSIONS.split("\n"):
        # A bar parts two expressions unless a filter name follows: so the
        # pieces are put together again as long as they are filters.
        for expression in split(line):
            yield expression, "{{ " + expression + " }}", False
    for i, template in enumerate(STATEMENTS):
        yield f"statement {i}", template, False
    for template in REFUSED:
        yield "refused " + template, template, True


def split(line):
    names = set(environment().filters) | {"nosuch", "first.foo"}
    out = []
    depth_of = lambda text: text.count("(") + text.count("[") - text.count(")") - text.count("]")
    for piece in line.split("|"):
        word = piece.split("(")[0].split(" ")[0].split(".")[0].split("=")[0]
        quoted = bool(out) and (out[-1].count("'") % 2 == 1 or depth_of(out[-1]) > 0 and "'" in out[-1])
        if out and (quoted or word in names and word not in ("d", "e")):
            out[-1] += "|" + piece
        else:
            out.append(piece)
    return out


def main():
    env = environment()
    print(json.dumps({"vars": VARS}, ensure_ascii=False))
    for name, template, refused in cases():
        line = {"name": name, "template": template}
        if refused:
            line["refused"] = True
        else:
            try:
                line["out"] = env.from_string(template).render(**json.loads(json.dumps(VARS)))
            except Exception as fault:  # noqa: BLE001: any refusal is a refusal
                line["error"] = type(fault).__name__
            if "0x7f" in line.get("out", "") or "object at" in line.get("out", ""):
                continue  # the address of an object
        print(json.dumps(line, ensure_ascii=False))


main()
