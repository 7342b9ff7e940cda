//go:build !amd64 && !arm64

package gemm

import "github.com/mmtui/mmtui/internal/isa"

func backendOf(isa.Tier) backend { return portable{} }
