package safetensors

// keySet is the set of the keys of one object. Most objects have a few: those
// are compared one by one, since a map for each of a million small objects
// would take many times the memory of their text.
type keySet struct {
	few  []string
	many map[string]struct{}
}

// fewKeys is the number of keys from which on a map is used.
const fewKeys = 16

// add says whether key is new.
func (s *keySet) add(key []byte) bool {
	if s.many == nil {
		for _, k := range s.few {
			if k == string(key) {
				return false
			}
		}
		if len(s.few) < fewKeys {
			s.few = append(s.few, string(key))
			return true
		}
		s.many = make(map[string]struct{}, 2*fewKeys)
		for _, k := range s.few {
			s.many[k] = struct{}{}
		}
		s.few = nil
	}
	if _, twice := s.many[string(key)]; twice {
		return false
	}
	s.many[string(key)] = struct{}{}
	return true
}
