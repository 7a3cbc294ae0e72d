/**
 * Files that are something else than a checkpoint.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Hostile } from "./hostile.ts";
import { join, pickle } from "./pickle-writer.ts";
import { zipOf } from "./zip-writer.ts";

function fixture(name: string): Uint8Array {
	return readFileSync(new URL(`../fixtures/checkpoint/${name}`, import.meta.url));
}

const ascii = (value: string): Uint8Array => join(value);

/** Not checkpoints at all. */
export const fakes: readonly Hostile[] = [
	{ name: "empty file", bytes: () => new Uint8Array(0), expect: /is empty/ },
	{ name: "zeros", bytes: () => new Uint8Array(5000), expect: /nothing but zeros/ },
	{
		name: "legacy torch file",
		bytes: () => fixture("legacy.pth"),
		expect: /old format \(before torch 1\.6\).*Save it again/,
	},
	{ name: "TorchScript archive", bytes: () => fixture("torchscript.pth"), expect: /TorchScript archive.*not run/ },
	{ name: "a whole module", bytes: () => fixture("module.pth"), expect: /torch\.nn\.modules\.linear\.Linear.*was run/ },
	{ name: "saved without checksums", bytes: () => fixture("no_checksums.pth"), expect: /set_crc32_options/ },
	{
		name: "Git LFS pointer",
		bytes: () => ascii("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
		expect: /Git LFS pointer.*git lfs pull/,
	},
	{ name: "web page", bytes: () => ascii("\n<!DOCTYPE html><html><body>Sign in</body></html>"), expect: /web page/ },
	{ name: "safetensors", bytes: () => ascii('\x30\0\0\0\0\0\0\0{"a":{"dtype":"F32"}}'), expect: /safetensors/ },
	{ name: "HDF5", bytes: () => ascii("\x89HDF\r\n\x1a\n\0\0\0\0"), expect: /HDF5/ },
	{ name: "ONNX", bytes: () => ascii("\x08\x08\x12\x07pytorch\x1a\x052.1.0"), expect: /ONNX/ },
	{ name: "numpy array", bytes: () => ascii("\x93NUMPY\x01\0v\0{'descr': '<f4'}"), expect: /numpy array/ },
	{ name: "gzip", bytes: () => gzipSync(ascii("x".repeat(99))), expect: /gzip.*Unpack/ },
	{ name: "tar", bytes: () => ascii(`sys_info${"\0".repeat(249)}ustar  \0${"\0".repeat(200)}`), expect: /tar archive/ },
	{ name: "7z", bytes: () => ascii("7z\xbc\xaf\x27\x1c\0\x04"), expect: /7z/ },
	{ name: "image", bytes: () => ascii("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), expect: /an image/ },
	{ name: "bare pickle", bytes: () => pickle("}"), expect: /bare Python pickle/ },
	{ name: "JSON", bytes: () => ascii('{"plans_name": "nnUNetPlans"}'), expect: /JSON/ },
	{ name: "text", bytes: () => ascii("hello\n"), expect: /text file/ },
	{
		name: "noise",
		bytes: () => Uint8Array.from({ length: 999 }, (_, i) => (i * 167 + 13) % 256),
		expect: /no torch checkpoint/,
	},
	{ name: "zip without members", bytes: () => zipOf([]), expect: /without members/ },
	{
		name: "zipped model folder",
		bytes: () => zipOf([{ name: "D/plans.json", data: "{}" }]),
		expect: /zipped model folder.*Unpack it/,
	},
	{ name: "npz", bytes: () => zipOf([{ name: "probabilities.npy", data: "x" }]), expect: /\.npz/ },
	{ name: "some zip", bytes: () => zipOf([{ name: "a/b/c.txt", data: "x" }]), expect: /without the data\.pkl/ },
	{
		name: "two checkpoints in one zip",
		bytes: () =>
			zipOf([
				{ name: "a/data.pkl", data: "x" },
				{ name: "b/data.pkl", data: "x" },
			]),
		expect: /holds 2 checkpoints/,
	},
];
