package theme

import "github.com/charmbracelet/lipgloss"

// palette names the colours of a theme by what they mean. heat runs from bad
// to good; the steps between are mixed in a perceptually even space.
type palette struct {
	text, dim, accent, good, warn, bad lipgloss.Color
	selected, onSelected, inactive     lipgloss.Color
	border, badge, onBadge, key, mark  lipgloss.Color
	sideA, sideB                       lipgloss.Color
	heat                               []string
}

func palettes() map[Name]palette {
	return map[Name]palette{
		Dark: {
			text: "#c8d0e0", dim: "#7a849c", accent: "#7aa2f7", good: "#9ece6a", warn: "#e0af68", bad: "#f7768e",
			selected: "#2f3f66", onSelected: "#ffffff", inactive: "#262b3a",
			border: "#3f465c", badge: "#3b4261", onBadge: "#e6ebf8", key: "#7dcfff", mark: "#bb9af7",
			sideA: "#7dcfff", sideB: "#ff9e64",
			heat: []string{"#f7768e", "#e0af68", "#9ece6a"},
		},
		Light: {
			text: "#2b3040", dim: "#6b7280", accent: "#1f5fbf", good: "#2f7d32", warn: "#8f5e00", bad: "#c02038",
			selected: "#cfe0ff", onSelected: "#10182a", inactive: "#e8ebf2",
			border: "#b4bac8", badge: "#d5dae6", onBadge: "#2b3040", key: "#005f87", mark: "#7a3fb0",
			sideA: "#005f87", sideB: "#b34a00",
			heat: []string{"#c02038", "#a06a00", "#2f7d32"},
		},
		HighContrast: {
			text: "#ffffff", dim: "#d0d0d0", accent: "#00ffff", good: "#00ff00", warn: "#ffff00", bad: "#ff5f5f",
			selected: "#ffff00", onSelected: "#000000", inactive: "#5f5f5f",
			border: "#ffffff", badge: "#ffffff", onBadge: "#000000", key: "#00ffff", mark: "#ff87ff",
			sideA: "#00ffff", sideB: "#ffaf00",
			heat: []string{"#ff5f5f", "#ffff00", "#00ff00"},
		},
		// The Okabe-Ito colours: told apart with any of the common colour deficiencies.
		ColourBlind: {
			text: "#d6d6d6", dim: "#8c8c8c", accent: "#56b4e9", good: "#56b4e9", warn: "#f0e442", bad: "#e69f00",
			selected: "#1f4e79", onSelected: "#ffffff", inactive: "#303030",
			border: "#5a5a5a", badge: "#404040", onBadge: "#ffffff", key: "#56b4e9", mark: "#cc79a7",
			sideA: "#56b4e9", sideB: "#e69f00",
			heat: []string{"#e69f00", "#f0e442", "#56b4e9"},
		},
		Mono: {heat: nil},
	}
}
