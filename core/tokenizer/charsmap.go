package tokenizer

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charsmap is sentencepiece's compiled normalization: a double-array trie
// (Darts-clone) from byte strings to positions in a block of replacements that
// end in NUL. Layout: u32 length of the trie in bytes, the trie as u32, the
// block; all little endian.
type charsmap struct {
	units []uint32
	block string
}

var errCharsmap = errors.New("precompiled_charsmap is damaged")

func parseCharsmap(data []byte) (*charsmap, error) {
	if len(data) < 4 {
		return nil, errCharsmap
	}
	size := int64(binary.LittleEndian.Uint32(data))
	if size > int64(len(data)-4) || size%4 != 0 || size == 0 || !utf8.Valid(data[4+size:]) {
		return nil, errCharsmap
	}
	m := &charsmap{units: make([]uint32, size/4), block: string(data[4+size:])}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(data[4+4*i:])
	}
	return m, nil
}

// lookup walks the trie along a key and reports every entry that is a prefix of
// it: its length and its value, until found returns false.
func (m *charsmap) lookup(key string, found func(n int, value uint32) bool) {
	node := offsetOf(m.units[0])
	for i := range len(key) {
		node ^= uint32(key[i])
		if int64(node) >= int64(len(m.units)) || key[i] == 0 {
			return
		}
		unit := m.units[node]
		if unit&(1<<31|0xFF) != uint32(key[i]) {
			return
		}
		node ^= offsetOf(unit)
		if unit>>8&1 == 1 {
			if int64(node) >= int64(len(m.units)) {
				return
			}
			if !found(i+1, m.units[node]&(1<<31-1)) {
				return
			}
		}
	}
}

func offsetOf(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

// at is the replacement that begins at a position of the block.
func (m *charsmap) at(value uint32) (string, bool) {
	if int64(value) > int64(len(m.block)) {
		return "", false
	}
	s := m.block[value:]
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return s, utf8.ValidString(s)
}

// shortest is the replacement of the shortest entry that is a prefix of key,
// which tokenizers takes for the replacement of the whole key.
func (m *charsmap) shortest(key string) (text string, ok bool) {
	m.lookup(key, func(_ int, value uint32) bool {
		text, ok = m.at(value)
		return false
	})
	return text, ok
}

// longest is the replacement of the longest entry that is a prefix of key, as
// sentencepiece matches, and how much of key it replaces.
func (m *charsmap) longest(key string) (n int, text string, ok bool) {
	m.lookup(key, func(length int, value uint32) bool {
		if s, good := m.at(value); good {
			n, text, ok = length, s, true
		}
		return true
	})
	return n, text, ok
}

// normalize applies the map as tokenizers' Precompiled does: to grapheme
// clusters shorter than six bytes as a whole, else to their code points.
func (m *charsmap) normalize(t *aligned) {
	changes := make([]change, 0, len(t.text))
	modified := false
	for rest := t.text; rest != ""; {
		if !t.fits(len(changes)) {
			return
		}
		cluster := firstCluster(rest)
		rest = rest[len(cluster):]
		if len(cluster) < 6 {
			if text, ok := m.shortest(cluster); ok {
				changes, modified = appendReplacement(changes, cluster, text), true
				continue
			}
		}
		for i, r := range cluster {
			part := cluster[i : i+utf8.RuneLen(r)]
			if text, ok := m.shortest(part); ok {
				changes, modified = appendReplacement(changes, part, text), true
			} else {
				changes = append(changes, change{r: r})
			}
		}
	}
	if modified {
		t.transform(changes, 0)
	}
}

// firstCluster is the first extended grapheme cluster of a text.
func firstCluster(text string) string {
	if len(text) == 1 || text[0] < utf8.RuneSelf && text[1] < utf8.RuneSelf && text[0] != '\r' {
		return text[:1]
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	return cluster
}

// appendReplacement puts new in the place of old: code points that are too many
// are inserted, those that are too few removed with the last one that stays.
func appendReplacement(changes []change, old, new string) []change {
	diff := utf8.RuneCountInString(new) - utf8.RuneCountInString(old)
	for _, r := range new {
		changes = append(changes, change{r: r})
	}
	for i := range max(diff, 0) {
		changes[len(changes)-1-i].n = 1
	}
	if diff < 0 && len(changes) > 0 {
		changes[len(changes)-1].n += diff
	}
	return changes
}
