package main

import (
	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/variant"
)

// benchModelFlags are the flags of bench model.
type benchModelFlags struct {
	model                generateFlags // --model alone of it
	variants             []string
	tokens, promptTokens int
	pictures             int
}

func newBenchModel(con *console) *cobra.Command {
	var flags benchModelFlags
	cmd := &cobra.Command{
		Use:   "model --model DIR",
		Short: "Time a model's variants: first token, prompt, decoding, layer by layer",
		Long: `Time a model folder in several variants, on random ids and random pixels of the size
that the model was made for: what they are does not change what a run costs. Generators:
the first token of a picture, a prompt, further tokens. Retrieval models: pictures and
texts. Figures are shares of the machine's peaks, which are measured between the rounds;
each phase has one more round that is watched layer by layer.`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchModel(cmd, con, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.model.model, "model", "", "model folder, Hugging Face cache name or project")
	f.StringArrayVar(&flags.variants, "variant", nil, "float, int2, a project TOML (its rules) or a file that quantize wrote; may be repeated (default float and int2)")
	f.IntVar(&flags.tokens, "tokens", 32, "tokens to decode in a round")
	f.IntVar(&flags.promptTokens, "prompt-tokens", 256, "length of the prompt without a picture")
	f.IntVar(&flags.pictures, "pictures", 8, "pictures, and texts, of a round of a retrieval model")
	f.String("hf-cache", "", "folder of the Hugging Face cache (default as huggingface_hub has it)")
	return cmd
}

func runBenchModel(cmd *cobra.Command, con *console, flags benchModelFlags) error {
	const most = 1 << 16
	for _, n := range []int{flags.tokens, flags.promptTokens, flags.pictures} {
		if n < 1 || n > most {
			return usage("--tokens, --prompt-tokens or --pictures is of no use", "give numbers from 1 to 65536")
		}
	}
	path, err := flags.model.path()
	if err != nil {
		return err
	}
	var specs []variant.Spec
	for _, text := range flags.variants {
		spec, err := flags.model.parseVariant(con, text)
		if err != nil {
			return err
		}
		specs = append(specs, spec)
	}
	settings, err := con.settings(cmd, nil)
	if err != nil {
		return err
	}
	if err := con.printing(); err != nil {
		return err
	}
	bar := con.progress("timing")
	result, err := bench.MeasureModel(cmd.Context(), path, bench.ModelOptions{
		Model: model.Options{CacheDir: settings.HFCache}, Variants: specs, Workers: settings.Workers, Progress: bar.step,
		Tokens: flags.tokens, PromptTokens: flags.promptTokens, Pictures: flags.pictures,
	})
	bar.end()
	return con.printStopped(result, len(result.Variants) > 0, variantFailure(err))
}
