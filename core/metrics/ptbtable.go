package metrics

import (
	"strings"
)

// ptbRules are the rules in the order in which the first of equal ones wins.
func ptbRules() []ptbRule {
	plain := func(needs, pattern string) ptbRule { return ptbRule{needs: needs, re: ptbCompile(pattern)} }
	followed := func(needs, pattern string, after int) ptbRule {
		return ptbRule{needs: needs, re: ptbCompile(pattern), after: after}
	}
	made := func(needs, pattern string, makes func(found string, total int) (string, int)) ptbRule {
		return ptbRule{needs: needs, re: ptbCompile(pattern), makes: makes}
	}
	const apos = "'\u2019\u2018`\u201b\u0091\u0092&"
	reduced := ptbRule{needs: apos, re: ptbCompile(`(?:{WORD})(?:{REDAUX})`), afterRE: ptbEnding(`{REDAUX}`), makes: softened}
	negated := ptbRule{needs: apos, re: ptbCompile(`[A-Za-z\x{AD}]*[A-MO-Za-mo-z]\x{AD}*(?:{SREDAUX})`), afterRE: ptbEnding(`{SREDAUX}`), makes: softened}
	acronym := ptbRule{needs: ".", re: ptbCompile(`(?:{ACRO})\.{SPACE}+(?:` + ptbSentenceStarts + `|{SGML}){SPACE}`), makes: acronymAtEnd}
	acronym.afterRE = ptbEnding(`{SPACE}+(?:` + ptbSentenceStarts + `|{SGML}){SPACE}`)
	word := made("", `{WORD}`, softened)
	number := made("", `[-+]?{NUM}`, softened)
	rules := []ptbRule{
		plain("+", `(?i:c)\+\+`), plain("#", `[cCfF]#`),
		made("", `(?i:cannot)`, shorter(3)), made("'", `(?i:'twas)`, shorter(3)), made("'", `(?i:'tis)`, shorter(2)),
		made("", `(?i:gonna|gotta|lemme|gimme|wanna)`, shorter(2)),
		made("<", `{SGML}`, hardSpaces), made("&\u0096\u0097\u2013\u2014\u2015", `&(?i:MD|mdash|ndash);|[\x{96}\x{97}\x{2013}-\x{2015}]`, always("--")),
		made("&", `(?i:&amp;)`, always("&")), plain("&", `&(?i:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);`),
		reduced, negated, word,
		plain(apos, apostropheWords), followed(apos, `(?i:y){APOS}\p{L}`, 1),
		plain(":", `(?i:https?)://[^ \t\n\f\r"<>|(){}]+[^ \t\n\f\r"<>|.!?(){},-]`),
		plain(".", "(?:(?i:www)\\.(?:[^ \\t\\n\\f\\r\"<>|.!?(){},]+\\.)+[a-zA-Z]{2,4}|(?:[^ \\t\\n\\f\\r\"`'<>|.!?(){},-_$]+\\.)+(?i:com|net|org|edu))(?:/[^ \\t\\n\\f\\r\"<>|()]+[^ \\t\\n\\f\\r\"<>|.!?(){},-])?"),
		plain("@", `(?:(?i:&lt;)|<)?[a-zA-Z0-9][^ \t\n\f\r"<>|()\x{A0}{}]*@(?:[^ \t\n\f\r"<>|(){}.\x{A0}]+\.)*[^ \t\n\f\r"<>|(){}.\x{A0}]+(?:(?i:&gt;)|>)?`),
		plain("@#", `@[a-zA-Z_][a-zA-Z_0-9]*|#{LETTER}+`),
		{needs: apos, re: ptbCompile(`(?:{REDAUX})[^A-Za-z]`), after: 1, makes: quotes(false)},
		{needs: apos, re: ptbCompile(`(?:{SREDAUX})[^A-Za-z]`), after: 1, makes: quotes(false)},
		plain("-/", `{DIGIT}{1,2}[-/]{DIGIT}{1,2}[-/]{DIGIT}{2,4}`),
		number, plain("", `[\x{207A}\x{207B}\x{208A}\x{208B}]?(?:[\x{2070}\x{B9}\x{B2}\x{B3}\x{2074}-\x{2079}]+|[\x{2080}-\x{2089}]+)`),
		made("", `(?:{DIGIT}{1,4}[- \x{A0}])?{DIGIT}{1,4}(?:\\?/|\x{2044}){DIGIT}{1,4}`, hardSpaces),
		made("", `[\x{BC}-\x{BE}\x{2153}-\x{215E}]`, fraction),
		made("-.'\u2019&", `-(?i:RRB|LRB|RCB|LCB|RSB|LSB)-|(?i:C\.D\.s|pro-|anti-|S(?:&|&amp;)P-500|S(?:&|&amp;)Ls)|(?i:Cap){APOS}(?i:n)|(?i:c){APOS}(?i:est)`, ampersand),
		plain("/", `[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}`),
		plain("$#", `[A-Z]*\$|#`), made("", `[\x{A2}-\x{A5}\x{80}\x{20A0}\x{20AC}\x{60B}\x{E3F}\x{20A4}\x{FFE0}\x{FFE1}\x{FFE5}\x{FFE6}]`, currency),
		acronym,
		followed(".", `(?i:ca|figs?|prop|nos?|art|bldg|pp|op)\.{DIGIT}`, 1), followed(".", `(?i:ca|figs?|prop|nos?|art|bldg|pp|op)\.{SPACE}{DIGIT}`, 2),
		followed(".", `(?i:pt[ey]|co)\.{BLANK}(?i:ltd|lim)`, 4),
	}
	return append(rules, ptbLaterRules(plain, followed, made)...)
}

// apostropheWords are words that hold an apostrophe.
const apostropheWords = `{APOS}(?i:n){APOS}?|[lLdDjJ]{APOS}|(?i:Dunkin|somethin|ol){APOS}|{APOS}(?i:em)|[A-HJ-XZn]{APOSETC}\p{L}{2,}|{APOS}[2-9]0(?i:s)|{APOS}(?i:till?)|` +
	`\p{L}+[aeiouyAEIOUY]{APOSETC}[aeiouA-Z]\p{L}*|{APOS}(?i:cause)|(?i:cont'd)\.?|(?i:'twas|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l)|(?i:O){APOSETC}(?i:o)`

func ptbLaterRules(plain func(needs, pattern string) ptbRule, followed func(needs, pattern string, after int) ptbRule,
	made func(needs, pattern string, makes func(found string, total int) (string, int)) ptbRule) []ptbRule {
	const apos = "'\u2019\u2018`\u201b\u0091\u0092&"
	atEnd := ptbRule{needs: ".", re: ptbCompile(`(?:{ABBREV1}){SPACE}(?:{SPACE}|\p{Lu}|{SGML})`), makes: nil}
	atEnd.afterRE = ptbEnding(`{SPACE}(?:{SPACE}|\p{Lu}|{SGML})`)
	file := ptbRule{needs: ".", re: ptbCompile(`(?:{LETTER}|{DIGIT})+(?:\.(?:{LETTER}|{DIGIT})+)*\.(?i:` + ptbFileEndings + `)(?:{SPACE}|[.?!,])`), after: 1}
	thing := func(name string) []ptbRule {
		makes := ampersand
		if name == "HTHING" {
			makes = softened
		}
		needs := map[string]string{"HTHING": "-", "THING": "-_\u058a\u2010\u2011" + apos, "THINGA": "+&"}[name]
		inside := ptbRule{needs: ".", re: ptbCompile(`(?:{` + name + `})\.{INSENTP}`), after: 1, makes: makes}
		if name == "THING" {
			// A run of letters and digits is a thing too, such as 3rd.
			needs = ""
		}
		return []ptbRule{inside, made(needs, `{`+name+`}`, makes)}
	}
	rules := []ptbRule{
		atEnd, followed(".", `(?:{ABBREV1})(?s:.)(?s:.)`, 2), plain(".", `{ABBREV1}`),
		plain(".", `{ABBREV4}\.`), followed(".-", `{ABBREV4}{BLANK}`, 1), followed(".-", `{ACRO}{SPACE}`, 1),
		followed(apos, `{APOS}[0-9][0-9]{SPACE}`, 1), file,
		{needs: ".", re: ptbCompile(`(?:{WORD})\.{INSENTP}`), after: 1, makes: softened},
		made("", `(?:\([0-9]{2,3}\)[ \x{A0}]?|(?:\+\+?)?(?:[0-9]{2,4}[- \x{A0}])?[0-9]{2,4}[- \x{A0}])[0-9]{3,4}[- \x{A0}]?[0-9]{3,5}|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}`, brackets),
		{needs: "\"&", re: ptbCompile(`(?:"|&quot;)[A-Za-z0-9$]`), after: 1, makes: quotes(true)}, made("\"&", `"|(?i:&quot;)`, quotes(false)),
		made("<&", `<|(?i:&lt;)`, always("<")), made(">&", `>|(?i:&gt;)`, always(">")),
		{needs: ":;=", re: ptbCompile(`[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]][^A-Za-z0-9]`), after: 1, makes: brackets},
		made("^x=~<>-'(", `[\^x=~<>]\.\[\^x=~<>\]|[-\^x=~<>']_[-\^x=~<>']|\([-\^x=~<>'][_.]?[-\^x=~<>']\)|\([\^x=~<>']-[\^x=~<>'`+"`"+`]\)`, brackets),
		made("{", `\{`, always("-LCB-")), made("}", `\}`, always("-RCB-")), made("[", `\[`, always("-LSB-")), made("]", `\]`, always("-RSB-")),
		made("(", `\(`, always("-LRB-")), made(")", `\)`, always("-RRB-")), made("-", `-+`, dashes),
		made(".\u2026\u0085", `\.{3,5}|(?:\.[ \x{A0}]){2,4}\.|[\x{85}\x{2026}]`, always("...")),
		plain("@#_", `@+|#+|_+`), plain("*\\", `\*+|(?:\\\*){1,3}`), plain("", `{INSENTP}`), plain("?!", `[?!]+`),
		plain("", `[.\x{A1}\x{BF}\x{37E}\x{589}\x{61F}\x{6D4}\x{700}-\x{702}\x{7FA}\x{3002}]`), plain("=", `=`), plain("/", `/`),
	}
	for _, name := range []string{"HTHING", "THING", "THINGA"} {
		rules = append(rules, thing(name)...)
	}
	return append(rules,
		ptbRule{needs: "'", re: ptbCompile(`'[A-Za-z][^ \t\n\r\x{A0}]`), after: 2, makes: quotes(true)},
		made(apos, `{REDAUX}`, quotes(false)), made(apos, `{SREDAUX}`, quotes(false)),
		made("", "{APOS}|''|[`\\x{2018}-\\x{201F}\\x{91}-\\x{94}\\x{2039}\\x{203A}\\x{AB}\\x{BB}]{1,2}", quotes(false)),
		plain("<>", `<<|>>`), plain("", miscSymbols),
		made("&", `(?i:&nbsp;)`, func(_ string, total int) (string, int) { return "", total }),
	)
}

// miscSymbols are symbols that stand alone.
const miscSymbols = `[+%&~\^|\\\x{A6}\x{A7}\x{A8}\x{A9}\x{AC}\x{AE}-\x{BA}\x{D7}\x{F7}\x{387}\x{5BE}\x{5C0}\x{5C3}\x{5C6}\x{5F3}\x{5F4}\x{600}-\x{603}\x{606}-\x{60A}\x{60C}\x{614}\x{61B}\x{61E}\x{66A}\x{66D}\x{703}-\x{70D}\x{7F6}-\x{7F8}\x{964}\x{965}\x{E4F}\x{1FBD}\x{2016}\x{2017}\x{2020}-\x{2023}\x{2030}-\x{2038}\x{203B}\x{203E}-\x{2042}\x{2044}\x{207A}-\x{207F}\x{208A}-\x{208E}\x{2100}-\x{214F}\x{2190}-\x{2BFF}\x{3012}\x{30FB}\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF20}\x{FF3B}-\x{FF40}\x{FF5B}-\x{FF65}]`

// softened drops soft hyphens; one alone becomes a hyphen.
func softened(found string, _ int) (string, int) {
	if s := strings.ReplaceAll(found, "\u00ad", ""); s != "" {
		return s, len(found)
	}
	return "-", len(found)
}

// shorter leaves characters of a match for the next token.
func shorter(by int) func(string, int) (string, int) {
	return func(found string, _ int) (string, int) { return found[:len(found)-by], len(found) - by }
}

func always(token string) func(string, int) (string, int) {
	return func(found string, _ int) (string, int) { return token, len(found) }
}

// hardSpaces makes the spaces of a token such as "1 1/2" no-break spaces.
func hardSpaces(found string, _ int) (string, int) {
	return strings.ReplaceAll(found, " ", "\u00a0"), len(found)
}

func ampersand(found string, _ int) (string, int) {
	return strings.ReplaceAll(strings.ReplaceAll(found, "&amp;", "&"), "&AMP;", "&"), len(found)
}

func brackets(found string, _ int) (string, int) {
	return strings.NewReplacer(" ", "\u00a0", "(", "-LRB-", ")", "-RRB-").Replace(found), len(found)
}

// dashes makes three or four hyphens two.
func dashes(found string, _ int) (string, int) {
	if len(found) == 3 || len(found) == 4 {
		return "--", len(found)
	}
	return found, len(found)
}

func fraction(found string, _ int) (string, int) {
	token := map[string]string{"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}[found]
	if token == "" {
		token = found
	}
	return token, len(found)
}

func currency(found string, _ int) (string, int) {
	token := map[string]string{"¢": "cents", "£": "#", "\u0080": "$", "¤": "$", "₠": "$", "€": "$"}[found]
	if token == "" {
		token = found
	}
	return token, len(found)
}

// acronymAtEnd is an acronym at the end of a sentence: one letter gives its
// period back, a longer one keeps it, and the period follows once more.
func acronymAtEnd(found string, _ int) (string, int) {
	found = strings.TrimRight(found, " \t\n\v\f\r")
	if len(found) == 2 {
		return found[:1], 1
	}
	return found, len(found) - 1
}

// quotes writes quotes as LaTeX does; left: a straight one opens.
func quotes(left bool) func(string, int) (string, int) {
	single, double := "'", "''"
	if left {
		single, double = "`", "``"
	}
	replacer := strings.NewReplacer("&apos;", single, "'", single, `"`, double, "&quot;", double,
		"\u0091", "`", "\u2018", "`", "\u201b", "`", "\u2039", "`", "\u0092", "'", "\u2019", "'", "\u203a", "'",
		"\u0093", "``", "\u201c", "``", "\u00ab", "``", "\u0094", "''", "\u201d", "''", "\u00bb", "''")
	return func(found string, _ int) (string, int) { return replacer.Replace(found), len(found) }
}
