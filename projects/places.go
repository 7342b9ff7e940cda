package projects

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Env looks an environment variable up, as os.LookupEnv does.
type Env func(key string) (value string, ok bool)

// get is the value of a variable that is set and not empty.
func (e Env) get(key string) string {
	if e == nil {
		return ""
	}
	v, _ := e(key)
	return v
}

// UserConfigPath is where the user's configuration lies:
// $XDG_CONFIG_HOME/mmtui/config.toml, else the folder that the system has for
// it (~/.config, ~/Library/Application Support, %AppData%).
func UserConfigPath(env Env) (string, error) {
	if dir := env.get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) { // a relative one is to be ignored, says the XDG specification
		return filepath.Join(dir, "mmtui", "config.toml"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mmtui", "config.toml"), nil
}

// RecentPath is where the list of recent files lies: $XDG_STATE_HOME/mmtui,
// else ~/.local/state/mmtui; on macOS and Windows beside the configuration or
// in the local application data.
func RecentPath(env Env) (string, error) {
	if dir := env.get("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "mmtui", "recent.json"), nil
	}
	dir, err := stateDir(runtime.GOOS)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mmtui", "recent.json"), nil
}

func stateDir(goos string) (string, error) {
	switch goos {
	case "windows":
		return os.UserCacheDir() // %LocalAppData%
	case "darwin", "ios":
		return os.UserConfigDir() // ~/Library/Application Support
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state"), nil
}

// defaultCache is the Hugging Face cache as its own library finds it, and the
// variable that decided.
func defaultCache(env Env) (dir, source string) {
	for _, from := range []struct{ variable, below string }{
		{"HF_HUB_CACHE", ""}, {"HUGGINGFACE_HUB_CACHE", ""}, {"HF_HOME", "hub"},
		{"XDG_CACHE_HOME", filepath.Join("huggingface", "hub")},
	} {
		if v := env.get(from.variable); v != "" {
			return filepath.Join(expandHome(v), from.below), from.variable
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", ""
	}
	return filepath.Join(home, ".cache", "huggingface", "hub"), ""
}

// expandHome replaces a leading ~, which no shell does in a file or a variable.
func expandHome(dir string) string {
	if home, err := os.UserHomeDir(); err == nil && (dir == "~" || strings.HasPrefix(dir, "~/")) {
		return filepath.Join(home, dir[1:])
	}
	return dir
}
