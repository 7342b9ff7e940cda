// Package vision turns picture files into what a vision-language model sees,
// with the bytes of the published Python library (transformers 5.23 with its
// Pillow image processors, Pillow 13).
//
// # The route of a picture
//
// The content of a file decides its format, never its name. Its pixels become
// 8-bit RGB: EXIF orientation is applied (from EXIF, else from XMP), then
// alpha, colour keys and transparent palette entries are composited on white.
// For opaque files that is what the library does with a path; for transparent
// ones it is what it does with an open picture. (By path it drops alpha and
// shows the hidden colours.) ICC profiles and gamma are ignored. 16-bit grey
// is clipped at 255, as Pillow does, so that it is nearly white; other 16-bit
// samples lose their low byte. Of several pictures in a file the first counts,
// of an icon the largest.
//
// Read are
//   - JPEG: baseline and progressive, grey, RGB, YCbCr, CMYK, YCCK, to the byte
//     (package jpeg); no arithmetic coding, 12-bit samples or lossless modes;
//   - PNG and APNG's default image, all depths; GIF; BMP of 1 to 32 bits, with
//     run-length coding and colour masks; PBM, PGM, PPM; ICO;
//   - TIFF: strips, tiles and planes of 1, 2, 4, 8 and 16-bit grey, palette,
//     RGB and CMYK, uncompressed or with PackBits, LZW, Deflate, Group 3
//     (one-dimensional), Group 4 and JPEG; no floats, CIE Lab, BigTIFF or old
//     JPEG;
//   - WebP: lossy, lossless, and an animation's first frame.
//
// AVIF, HEIC, JPEG XL, JPEG 2000, SVG, PSD and PDF are refused by name, and so
// is every feature above that is not read. A truncated file is an error, not a
// half picture; of damaged entropy data in a JPEG, libjpeg's pixels are given.
// Limits bound pixels and bytes before anything is decoded; decoding takes at
// most about eight bytes a pixel.
//
// # From a picture to tiles
//
// Resize is Pillow's resampling bit for bit. OpenConfig reads the image
// processor of a model folder (CLIP, SigLIP and SigLIP2 of fixed resolution,
// Idefics3 and SmolVLM), Config.Layout gives all sizes without pixels,
// Config.Process gives the tiles as bytes, and Config.Normalise as the floats
// that the model takes.
package vision
