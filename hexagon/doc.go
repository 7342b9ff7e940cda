// Package hexagon will hold the attached Hexagon device: the adb connection,
// the DSP kernels and their host side. It stands beside core and reaches it
// through interfaces that core defines.
//
// Nothing is implemented here yet. What is settled is the number format that
// its kernels will repack (docs/format.md, ADR 001): integer up to one float32
// product, so that the device and the CPU give the same bits.
package hexagon
