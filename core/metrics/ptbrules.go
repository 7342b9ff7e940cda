package metrics

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// ptbRule is a rule of the tokenizer. The facts are those of CoreNLP's lexer of
// August 2014; letters match in either case unless the rule says otherwise.
type ptbRule struct {
	needs string // characters of which the run of text must hold one; "" for any
	re    *regexp.Regexp
	// after is the number of characters at the end of a match that must follow
	// the token; with afterRE they are what it matches at the end.
	after   int
	afterRE *regexp.Regexp
	// makes gives the token of a match and the bytes taken; nil takes all as it is.
	makes func(found string, total int) (token string, n int)
}

// match gives the length of the token and of the token with what must follow.
func (r *ptbRule) match(s string) (length, total int) {
	loc := r.re.FindStringIndex(s)
	if loc == nil {
		return 0, 0
	}
	total = loc[1]
	length = total
	switch {
	case r.afterRE != nil:
		if loc := r.afterRE.FindStringIndex(s[:total]); loc != nil {
			length = loc[0]
		}
	default:
		for range r.after {
			_, size := utf8.DecodeLastRuneInString(s[:length])
			length -= size
		}
	}
	return length, total
}

// ptbParts are the pieces that rules are made of, {NAME} in a pattern.
func ptbParts() [][2]string {
	return [][2]string{
		{"LETTER", `(?:[\p{L}\x{AD}\x{300}-\x{36F}\x{2C2}-\x{2C5}\x{2D2}-\x{2DF}\x{2E5}-\x{2FF}\x{483}-\x{487}\x{591}-\x{5BD}\x{5BF}\x{5C1}\x{5C2}\x{5C4}\x{5C5}\x{5C7}\x{610}-\x{61A}\x{64B}-\x{65E}\x{670}\x{6D6}-\x{6EF}\x{900}-\x{903}\x{93C}-\x{94E}\x{951}-\x{955}\x{962}\x{963}\x{981}-\x{983}\x{9BC}-\x{9CD}\x{A01}-\x{A03}\x{A3C}-\x{A4F}\x{A81}-\x{A83}\x{ABC}-\x{ACF}\x{BBE}-\x{BCD}\x{C01}-\x{C03}\x{C3E}-\x{C56}\x{D3E}-\x{D48}\x{E31}-\x{E3A}\x{E47}-\x{E4E}\x{EB1}-\x{EBC}\x{EC8}-\x{ECD}]|&(?i:[aeiou](?:acute|grave|uml));)`},
		{"DIGIT", `\p{Nd}`},
		{"BLANK", `[ \t\x{A0}\x{2000}-\x{200A}\x{3000}]`},
		{"SPACE", `[ \t\x{A0}\x{2000}-\x{200A}\x{3000}\n]`},
		{"APOS", `(?:['\x{92}\x{2019}]|&apos;)`},
		{"APOSETC", "(?:['\\x{92}\\x{2019}`\\x{91}\\x{2018}\\x{201B}]|&apos;)"},
		{"WORD", `{LETTER}(?:{LETTER}|{DIGIT})*(?:[.!?]{LETTER}(?:{LETTER}|{DIGIT})*)*`},
		{"REDAUX", `{APOS}(?i:[msd]|re|ve|ll)`},
		{"SREDAUX", `(?i:n){APOSETC}(?i:t)`},
		{"NUM", `(?:{DIGIT}+|{DIGIT}*(?:[.:,\x{AD}\x{66B}\x{66C}]{DIGIT}+)+)`},
		{"HYPHEN", `[-_\x{58A}\x{2010}\x{2011}]`},
		{"THING", `(?:[dDoOlL]{APOSETC}[\p{L}\p{Nd}])?[\p{L}\p{Nd}]+(?:{HYPHEN}(?:[dDoOlL]{APOSETC}[\p{L}\p{Nd}])?[\p{L}\p{Nd}]+)*`},
		{"THINGA", `[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+`},
		{"ACROREST", `(?i:Canada|Sino|Korean|EU|Japan|non)-(?i:U\.S)|(?i:U\.S\.-(?:U\.K|U\.S\.S\.R))`},
		{"ACRO", `(?:[A-Za-z](?:\.[A-Za-z])*|{ACROREST})`},
		{"HTHING", `[A-Za-z0-9][A-Za-z0-9.,\x{AD}]*(?:-(?:[A-Za-z0-9\x{AD}]+|(?:[A-Za-z](?:\.[A-Za-z])+|{ACROREST})\.))+`},
		{"SGML", `<(?:[!?][A-Za-z-][^>\r\n]*|[A-Za-z][A-Za-z0-9_:.-]*(?: +(?:[A-Za-z][A-Za-z0-9_:.-]*|[A-Za-z][A-Za-z0-9_:.-]* *= *(?:'[^']*'|"[^"]*")))* */?|/[A-Za-z][A-Za-z0-9_:.-]*) *>`},
		{"ABBREV1", `(?:(?i:` + ptbAbbreviations1 + `)|` + ptbStatesByCase + `)\.`},
		{"ABBREV4", `(?:(?i:` + ptbTitles + `)|Miss|{ACRO})`},
		{"INSENTP", `[,;:\x{3001}]`},
	}
}

// The abbreviations, whose period belongs to them.
const (
	ptbAbbreviations1 = `Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu|Thurs|Fri|` +
		`Ala|Ariz|Calif|Colo|Conn|Ct|Dak|Fla|Ga|Ind|Kans?|Ky|Md|Mich|Minn|Mo|Mont|Neb|Nev|Okla|Penn|Tenn|Va|Vt|Wisc?|Wyo|` +
		`Inc|Cos?|Corp|Pp?t[ye]s?|Ltd|Plc|Rt|Bancorp|Bhd|Assn|Univ|Intl|Sys|tel|est|ext|sq|` +
		`Jr|Sr|Bros|(?:Ed|Ph)\.D|Blvd|Rd|Esq|etc|al|seq|Bldg`
	// The first letter of these is a capital: they are words too.
	ptbStatesByCase = `A(?i:z|rk)|D(?i:el)|I(?i:ll)|L(?i:a)|M(?i:ass|iss)|O(?i:re)|P(?i:a)|T(?i:ex)|W(?i:ash)`
	ptbTitles       = `Mr|Mrs|Ms|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|Adm|Rev|Maj|Sgt|Cpl|Pvt|Capt|Ste?|Ave|Pres|Lieut|Hon|Brig|Co?mdr|Pfc|Spc|Supts?|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|Mme|Msgr|Sfc|` +
		`vs|Alex|Wm|Jos|Cie|a\.k\.a|cf|TREAS|Ph|Invt|Elec|Natl|M[ft]g|Dept`
	// A sentence is taken to begin with one of these after an acronym.
	// Their first letter must be a capital.
	ptbSentenceStarts = `A(?i:bout|ccording|dditionally|fter|n||s|t)|B(?i:ut)|E(?i:arlier)|H(?i:e|er|ere|owever)|I(?i:f|n|t)|L(?i:ast)|M(?i:any|ore|r\.|s\.)|N(?i:ow)|O(?i:nce|ne|ther|ur)|S(?i:he|ince|o|ome|uch)|T(?i:hat|he|heir|hen|here|hese|hey|his)|W(?i:e|hen|hile|hat)|Y(?i:et|ou)`
	ptbFileEndings    = `bat|bmp|c|class|cgi|cpp|dll|doc|docx|exe|gif|gz|h|htm|html|jar|java|jpeg|jpg|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip`
)

// ptbCompile makes the pattern of a rule, anchored and longest first.
func ptbCompile(pattern string) *regexp.Regexp {
	parts := ptbParts()
	for {
		before := pattern
		for _, part := range parts {
			pattern = strings.ReplaceAll(pattern, "{"+part[0]+"}", part[1])
		}
		if pattern == before {
			break
		}
	}
	re := regexp.MustCompile(`\A(?:` + pattern + `)`)
	re.Longest()
	return re
}

// ptbEnding finds a piece at the end of a text.
func ptbEnding(pattern string) *regexp.Regexp {
	re := ptbCompile(pattern).String()
	return regexp.MustCompile(strings.TrimPrefix(re, `\A`) + `\z`)
}
