#!/usr/bin/env python3
"""Record a run of a model folder in PyTorch under the names that `mmtui trace` uses.

    python docs/trace.py vqa       --model DIR --image cat.png --prompt "What is this?" -o torch.safetensors
    python docs/trace.py retrieval --model DIR --image cat.png --text "a cat" --text "a dog" -o torch.safetensors
    mmtui trace vqa --model DIR --image cat.png --prompt "What is this?" -o mmtui.safetensors
    mmtui diff torch.safetensors mmtui.safetensors

Needs torch, transformers, safetensors and Pillow; for SmolVLM also num2words. Nothing is downloaded.

What is pinned, because each of it changes the numbers:
  float32 arithmetic, whatever the weights are stored in;
  eager attention (sdpa differs by some 1e-5);
  the image processor that resizes with Pillow (torchvision's Lanczos differs by up to 2 levels, its bicubic by more);
  EXIF orientation and transparency on white before the processor sees a picture, as mmtui reads files.
transformers 4.55 to 4.57 number the rows of patches of SmolVLM and Idefics3 wrongly and differ for that reason.
"""
import argparse
import importlib
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from PIL import Image, ImageOps
from safetensors.torch import save_file

# The prompts that mmtui asks where none is given.
PROMPTS = {"caption": "Describe this image briefly.", "ocr": "Read the text in this image."}


def open_picture(path):
    """A picture upright, in RGB, transparency on white."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture)
    return picture.convert("RGB")


def pillow_processor(folder, processor):
    """The folder's processor with the image processor that resizes with Pillow."""
    name = type(processor.image_processor).__name__.removesuffix("Fast").removesuffix("Pil")
    kind = name.removesuffix("ImageProcessor").lower()
    try:  # transformers 5
        module = importlib.import_module(f"transformers.models.{kind}.image_processing_pil_{kind}")
        processor.image_processor = getattr(module, name + "Pil").from_pretrained(folder)
    except ModuleNotFoundError:  # transformers 4: the class without Fast is the one with Pillow
        processor.image_processor = getattr(transformers, name).from_pretrained(folder)
    return processor


class Recorder:
    """Forward hooks that keep what a module returns, or what it is given."""

    def __init__(self):
        self.tensors, self.hooks = {}, []

    def keep(self, name, value):
        value = value[0] if isinstance(value, tuple) else value
        # The first call is the prompt; generation calls the decoder again for every token.
        self.tensors.setdefault(name, value.detach().to("cpu", torch.float32).contiguous().clone())

    def output(self, name, module):
        self.hooks.append(module.register_forward_hook(lambda _m, _in, out: self.keep(name, out)))

    def keyword(self, name, module, key):
        hook = lambda _m, _args, given: self.keep(name, given[key])
        self.hooks.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    def stop(self):
        for hook in self.hooks:
            hook.remove()


def watch_generator(recorder, model):
    """SmolVLM and Idefics3."""
    vision, text = model.model.vision_model, model.model.text_model
    recorder.output("vision.h0", vision.embeddings)
    for i, layer in enumerate(vision.encoder.layers):
        recorder.output(f"vision.h{i + 1}", layer)
    recorder.output("vision.post", vision.post_layernorm)
    recorder.output("connector", model.model.connector)
    recorder.keyword("text.h0", text, "inputs_embeds")
    for i, layer in enumerate(text.layers):
        recorder.output(f"text.h{i + 1}", layer)
    recorder.output("text.norm", text.norm)


def watch_pair(recorder, model):
    """CLIP and SigLIP."""
    vision, text = model.vision_model, model.text_model
    recorder.output("vision.h0", vision.embeddings)
    if hasattr(vision, "pre_layrnorm"):
        recorder.output("vision.pre_layrnorm", vision.pre_layrnorm)
    for tower, name in ((vision, "vision"), (text, "text")):
        for i, layer in enumerate(tower.encoder.layers):
            recorder.output(f"{name}.h{i + 1}", layer)
    recorder.output("vision.post", vision.post_layernorm)
    recorder.output("text.h0", text.embeddings)
    recorder.output("text.norm", text.final_layer_norm)
    for tower, name in ((vision, "vision"), (text, "text")):
        if getattr(tower, "head", None) is not None:
            recorder.output(f"{name}.head", tower.head)
    for name, module in (("image_features", "visual_projection"), ("text_features", "text_projection")):
        if hasattr(model, module):
            recorder.output(name, getattr(model, module))


def run_generator(args, recorder):
    model = transformers.AutoModelForImageTextToText.from_pretrained(args.model, dtype=torch.float32, attn_implementation="eager").eval()
    processor = pillow_processor(args.model, transformers.AutoProcessor.from_pretrained(args.model))
    if args.split is not None:  # 4.57 ignores it as an argument of the call
        processor.image_processor.do_image_splitting = args.split
    if args.image_size:
        processor.image_processor.size = {"longest_edge": args.image_size}
    pictures = [open_picture(p) for p in args.image]
    prompt = args.prompt or PROMPTS.get(args.task, "")
    parts = [{"type": "image"} for _ in pictures], [{"type": "text", "text": prompt}]
    content = parts[1] + parts[0] if args.text_first else parts[0] + parts[1]
    chat = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    # A template that begins with the first token's text must not get it twice.
    bos = processor.tokenizer.bos_token
    inputs = processor(text=chat, return_tensors="pt", add_special_tokens=not (bos and chat.startswith(bos)), **({"images": pictures} if pictures else {}))
    inputs = {k: inputs[k] for k in ("input_ids", "attention_mask", "pixel_values", "pixel_attention_mask") if k in inputs}
    watch_generator(recorder, model)
    logits = model(**inputs).logits[0]
    recorder.stop()
    answer = model.generate(**inputs, max_new_tokens=args.max_new_tokens, do_sample=False)[0, inputs["input_ids"].shape[1]:]
    print(processor.tokenizer.decode(answer, skip_special_tokens=True))
    recorder.keep("all_logits", logits)
    if "pixel_values" in inputs:
        recorder.keep("pixel_values", inputs["pixel_values"])
    return {"input_ids": inputs["input_ids"], "greedy_ids": answer}


def run_pair(args, recorder):
    model = transformers.AutoModel.from_pretrained(args.model, dtype=torch.float32, attn_implementation="eager").eval()
    processor = pillow_processor(args.model, transformers.AutoProcessor.from_pretrained(args.model))
    clip = model.config.model_type == "clip"
    # SigLIP was trained on texts that are padded to the last position, without a mask.
    padding = {"padding": True} if clip else {"padding": "max_length", "max_length": model.config.text_config.max_position_embeddings}
    inputs = processor(text=args.text, images=[open_picture(p) for p in args.image], truncation=True, return_tensors="pt", **padding)
    inputs = {k: inputs[k] for k in (("input_ids", "attention_mask", "pixel_values") if clip else ("input_ids", "pixel_values"))}
    watch_pair(recorder, model)
    out = model(**inputs)
    recorder.stop()
    for name in ("image_embeds", "text_embeds", "logits_per_image", "logits_per_text"):
        recorder.keep(name, getattr(out, name))
    recorder.keep("probs", out.logits_per_image.softmax(-1) if clip else out.logits_per_image.sigmoid())
    recorder.keep("pixel_values", inputs["pixel_values"])
    print(out.logits_per_image.tolist())
    return {"input_ids": inputs["input_ids"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["caption", "ocr", "vqa", "retrieval"])
    parser.add_argument("--model", required=True, help="model folder")
    parser.add_argument("--image", action="append", default=[], help="picture; may be repeated")
    parser.add_argument("--prompt", default="")
    parser.add_argument("--text-first", action="store_true", help="put the prompt before the pictures")
    parser.add_argument("--text", action="append", default=[], help="text of retrieval; may be repeated")
    parser.add_argument("--split", type=lambda s: s.lower() == "true", default=None, help="true or false; default as the processor has it")
    parser.add_argument("--image-size", type=int, help="longest edge in pixels; default as the processor has it")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("-o", "--output", required=True, help="safetensors file to write")
    args = parser.parse_args()
    torch.set_grad_enabled(False)
    recorder = Recorder()
    ids = run_pair(args, recorder) if args.task == "retrieval" else run_generator(args, recorder)
    tensors = {**recorder.tensors, **{k: v.to(torch.int64).contiguous() for k, v in ids.items()}}
    save_file(tensors, args.output, metadata={"mmtui.kind": "trace", "transformers": transformers.__version__, "torch": torch.__version__})
    print(f"wrote {len(tensors)} tensors to {args.output}")


if __name__ == "__main__":
    main()
