package family

import (
	"errors"
	"math"
	"sort"
)

// positionIDs chooses a position embedding for every patch of a grid [rows,
// cols] that may be padded, or smaller than the grid of n×n patches that the
// encoder was made for: a patch takes the position that lies at its fraction of
// the valid height and width. valid [rows·cols] marks the patches with a real
// pixel, nil all; the others get position 0.
//
// The arithmetic is float32 as in transformers 5 (SmolVLMVisionEmbeddings): by
// its rounding a full grid is not in raster order for some n (19, 25, 29 …).
func positionIDs(rows, cols, n int, valid []bool) ([]int, error) {
	validRows, validCols := rows, cols
	if valid != nil {
		validRows, validCols = 0, 0
		for r := range rows {
			if valid[r*cols] {
				validRows++
			}
		}
		for _, v := range valid[:cols] {
			if v {
				validCols++
			}
		}
		if validRows == 0 || validCols == 0 {
			return nil, errors.New("the mask of a tile leaves its first row or column of patches empty; a picture lies at the top left of its tile")
		}
	}
	edges := bucketEdges(n)
	byRow, byCol := buckets(edges, rows, validRows), buckets(edges, cols, validCols)
	ids := make([]int, rows*cols)
	for i := range ids {
		if valid == nil || valid[i] {
			ids[i] = byRow[i/cols]*n + byCol[i%cols]
		}
	}
	return ids, nil
}

// bucketEdges are 1/n, 2/n … up to 1 as torch.arange(1/n, 1, 1/n) has them on a
// CPU with AVX2: it goes in pairs of eight lanes, rounds the first of eight to
// float32 and steps from there in double; what does not fill a pair it computes
// in double alone (ATen's RangeFactoriesKernel.cpp and Loops.h).
func bucketEdges(n int) []float32 {
	const lanes = 8
	step := 1 / float64(n)
	edges := make([]float32, int(math.Ceil((1-step)/step)))
	paired := len(edges) / (2 * lanes) * (2 * lanes)
	for i := range edges {
		if i < paired {
			first := i / lanes * lanes
			base := step + float64(step*float64(first))
			edges[i] = float32(float64(float32(base)) + float64(step*float64(i-first)))
		} else {
			edges[i] = float32(step + float64(step*float64(i)))
		}
	}
	return edges
}

// buckets gives each of count places the number of edges at or below its
// fraction of valid.
func buckets(edges []float32, count, valid int) []int {
	out := make([]int, count)
	for i := range out {
		fraction := min(float32(i)*(1/float32(valid)), float32(1-1e-6))
		out[i] = sort.Search(len(edges), func(j int) bool { return edges[j] > fraction })
	}
	return out
}

// validPatches marks the patches of a tile in which the mask [height, width]
// has a real pixel. It is nil when every patch has one.
func validPatches(mask []bool, height, width, patch int) []bool {
	if mask == nil {
		return nil
	}
	rows, cols := height/patch, width/patch
	valid := make([]bool, rows*cols)
	for y := range rows * patch {
		for x := range cols * patch {
			if mask[y*width+x] {
				valid[y/patch*cols+x/patch] = true
			}
		}
	}
	for _, v := range valid {
		if !v {
			return valid
		}
	}
	return nil
}
