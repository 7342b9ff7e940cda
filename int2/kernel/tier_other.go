//go:build !amd64 && !arm64

package kernel

func runs(t Tier) bool { return t == Portable }

func backendOf(Tier) backend { return portable{} }
