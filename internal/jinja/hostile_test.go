package jinja

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// A template that asks for too much ends with an error that says of what.
func TestHostileTemplatesEnd(t *testing.T) {
	loop := "{% for a in range(100000) %}"
	for name, template := range map[string]string{
		"endless work":      loop + loop + loop + "x" + strings.Repeat("{% endfor %}", 3),
		"long range":        "{{ range(10 ** 12) }}",
		"wide range":        "{{ range(-9223372036854775807, 9223372036854775807, 9223372036854775807)|list|length }}{{ range(10**15, 0, -1) }}",
		"repeated text":     "{{ 'x' * 10 ** 12 }}",
		"repeated list":     "{{ [1] * 10 ** 9 }}",
		"doubled text":      "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
		"doubled list":      "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
		"doubled by join":   "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}",
		"grown by replace":  "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s|replace('x', 'xx') %}{% endfor %}",
		"grown by indent":   "{{ 'a\nb\nc'|indent(10**9) }}",
		"grown by center":   "{{ 'a'|center(10**12) }}",
		"grown by zfill":    "{{ 'a'.zfill(10**12) }}",
		"grown by percent":  "{{ '%999999999d' % 1 }}",
		"macro in itself":   "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
		"value in itself":   "{% set ns = namespace() %}{% set ns.a = [ns] %}{{ ns }}",
		"deep value":        "{% set ns = namespace(a=[]) %}{% for i in range(50000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
		"deep comparison":   "{% set ns = namespace(a=[], b=[]) %}{% for i in range(50000) %}{% set ns.a = [ns.a] %}{% set ns.b = [ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
		"deep JSON":         "{% set ns = namespace(a=[]) %}{% for i in range(50000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a|tojson }}",
		"deep key":          "{% set ns = namespace(a=()) %}{% for i in range(50000) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1} }}",
		"deep parentheses":  "{{ " + strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000) + " }}",
		"deep brackets":     "{{ " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + " }}",
		"deep not":          "{{ " + strings.Repeat("not ", 100_000) + "1 }}",
		"deep minus":        "{{ " + strings.Repeat("- ", 100_000) + "1 }}",
		"deep if":           strings.Repeat("{% if 1 %}", 10_000) + strings.Repeat("{% endif %}", 10_000),
		"long sum":          "{{ 1" + strings.Repeat("+1", 100_000) + " }}",
		"long filters":      "{{ 1" + strings.Repeat("|abs", 100_000) + " }}",
		"deep targets":      "{% set " + strings.Repeat("(", 100_000) + "a = 1 %}",
		"overflow":          "{{ 9223372036854775807 + 1 }}",
		"overflow of power": "{{ 10 ** 100 }}",
		"no text":           "{{ \"\xff\" }}",
		"too long":          strings.Repeat("x", MaxSourceBytes+1),
		"clock without one": "{{ strftime_now('%Y') }}",
	} {
		begin := time.Now()
		tmpl, err := Parse("t", template)
		if err == nil {
			_, err = tmpl.Render(nil, Options{})
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		t.Logf("%s: %v (%v)", name, err, time.Since(begin).Round(time.Millisecond))
	}
}

// A long text that is asked again and again makes no bytes, but takes time.
func TestLongTextIsNotAskedForEver(t *testing.T) {
	for _, ask := range []string{
		"{% if x|length %}{% endif %}", "{% if x is upper %}{% endif %}", "{% if x < y %}{% endif %}", "{% if x == y %}{% endif %}",
		"{% if {x: 1} %}{% endif %}", "{% if d[x] %}{% endif %}", "{% if d.get(x) %}{% endif %}", "{% if x in d %}{% endif %}",
		"{% if x|int %}{% endif %}", "{% if x|float %}{% endif %}", "{% if [x, y]|unique|list %}{% endif %}", "{% if [x, y]|max %}{% endif %}",
		"{% if [x, y]|sort %}{% endif %}",
	} {
		tmpl, err := Parse("t", "{% set x = 'a' * 1000000 %}{% set y = 'a' * 1000000 %}{% set d = {} %}{% for i in range(50000) %}"+ask+"{% endfor %}")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tmpl.Render(nil, Options{}); err == nil || !strings.Contains(err.Error(), "the template ") {
			t.Errorf("%s: %v", ask, err)
		}
	}
	// Whether there is any text is seen at once.
	tmpl, err := Parse("t", "{% set x = 'a' * 10000000 %}{% for i in range(50000) %}{% if x and not not x %}{% endif %}{% endfor %}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmpl.Render(nil, Options{}); err != nil {
		t.Error(err)
	}
	tmpl, err = Parse("t", "{{ {}['a' * 1000].b }}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmpl.Render(nil, Options{}); err == nil || len(err.Error()) > 300 {
		t.Errorf("an unknown item is told at length: %v", err)
	}
}

// Errors name the template and the line, and tell what the template raised itself.
func TestErrorsNameTheLine(t *testing.T) {
	for template, want := range map[string]string{
		"a\n{{ 1 +  }}":                                          "t:2: unexpected }}",
		"a\n\n{{ nope.a }}":                                      "t:3: 'nope' is undefined",
		"a\n{% if true %}\n{% for i in 3 %}":                     "t:3: the template ends inside a block; expected {% else %}",
		"{% for i in [1] %}\n{{ 1 // 0 }}\n{% endfor %}":         "t:2: division by zero",
		"\n{% include 'secret' %}":                               "t:2: the tag 'include' is not supported in chat templates",
		"{% macro f() %}\n\n{{ nope() }}{% endmacro %}{{ f() }}": "t:3: 'nope' is undefined",
	} {
		tmpl, err := Parse("t", template)
		if err == nil {
			_, err = tmpl.Render(nil, Options{})
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", template, err, want)
		}
	}
	tmpl, err := Parse("t", "\n{{ raise_exception('Only user and ' ~ 'assistant') }}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tmpl.Render(nil, Options{})
	var e *Error
	if !errors.As(err, &e) || !e.Raised || e.What != "Only user and assistant" || e.Line != 2 {
		t.Errorf("got %#v", err)
	}
}

// One template serves several runs at a time, and no run sees another.
func TestRunsAreApart(t *testing.T) {
	tmpl, err := Parse("t", "{% set ns = namespace(n=0) %}{% for i in range(100) %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	for range 8 {
		go func() {
			out, err := tmpl.Render(map[string]any{"x": 2}, Options{})
			if err != nil {
				out = err.Error()
			}
			done <- out
		}()
	}
	for range 8 {
		if out := <-done; out != "200" {
			t.Errorf("got %s", out)
		}
	}
}

// No template makes the interpreter panic or run without end.
func FuzzTemplate(f *testing.F) {
	for _, v := range []string{
		"{% for m in messages %}{{ m['role'] | capitalize }}{{ ': ' if loop.first else '' }}{% endfor %}",
		"{%- macro f(a, b=1) -%}{{ caller() if caller else a ~ b }}{%- endmacro -%}{% call f(1) %}x{% endcall %}",
		"{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list|tojson(indent=1) }}",
		"{% set ns = namespace(a=[1]) %}{% set ns.a = ns.a * 3 %}{{ ns.a[::-1] }}{# c #}{% raw %}{{{% endraw %}",
		"{{ '%s|%5.2f' % (1, 2.0) }}{{ 'a{}'.format(1) }}{{ 'a b'.split()|join('-')|title }}{{ 7 // -2 ** 3 }}",
	} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tmpl, err := Parse("t", source)
		if err != nil {
			return
		}
		messages := []any{map[string]any{"role": "user", "content": "hi é"}}
		_, _ = tmpl.Render(map[string]any{"messages": messages, "x": 3}, Options{Now: vectorNow()})
	})
}
