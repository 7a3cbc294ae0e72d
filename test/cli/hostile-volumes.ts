/**
 * Damaged, lying and hostile files of the medical formats and BMP: NIfTI, NRRD, MetaImage, GIPL.
 *
 * Most begin as good files that nnvol wrote; each is changed in one way.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { HostileImage } from "./hostile-images.ts";
import { pattern, writeVolume } from "./scene.ts";

type Change = (bytes: Buffer) => Uint8Array;

const FILES = ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.gipl", "a.gipl.gz", "a.bmp"] as const;
type FileName = (typeof FILES)[number];

/** A good file of the kind that the name tells, changed. */
function changed(file: FileName, change: Change): HostileImage["make"] {
	return async (path) => {
		const isFlat = file === "a.bmp";
		await writeVolume(path, pattern(isFlat ? [24, 30] : [5, 24, 30]), isFlat ? "yx" : "zyx");
		writeFileSync(path, change(readFileSync(path)));
	};
}

const one = (name: string, file: FileName, change: Change, expect: RegExp): HostileImage => ({
	name,
	file,
	make: changed(file, change),
	expect,
});

/** The error names the file; no two formats say the same of a file that ends early. */
const ENDS = (file: string): RegExp =>
	new RegExp(`${file.replaceAll(".", "\\.")}: .*(truncated|damaged|empty|ends|expected|cannot)`);

/** Where each file is cut: nothing left, within the mark, the header, the voxels, and the last byte. */
const CUTS = [0, 0.0005, 0.004, 0.02, 0.07, 0.2, 0.5, 0.9, 0.9999];
const cuts: readonly HostileImage[] = FILES.flatMap((file) =>
	CUTS.map((part) =>
		one(
			`${file} of which ${part * 100} % are there`,
			file,
			(bytes) => bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(part * bytes.length))),
			ENDS(file),
		),
	),
);

/** `poke` writes into the header; packed files are unpacked for it and packed again. */
function poked(file: FileName, poke: (header: Buffer) => unknown): Change {
	return (bytes) => {
		const whole = file.endsWith(".gz") ? gunzipSync(bytes) : Buffer.from(bytes);
		poke(whole);
		return file.endsWith(".gz") ? gzipSync(whole) : whole;
	};
}

/** Replaces the first match in the text before the voxels. */
function edited(pattern: RegExp, text: string): Change {
	return (bytes) => Buffer.from(bytes.toString("latin1").replace(pattern, text), "latin1");
}

const niftis: readonly HostileImage[] = (["a.nii", "a.nii.gz"] as const).flatMap((file) => {
	const at = (name: string, poke: (header: Buffer) => unknown, expect: RegExp) =>
		one(`${name} (${file})`, file, poked(file, poke), expect);
	return [
		at("a NIfTI of 32767^3 voxels", (h) => [1, 2, 3].map((n) => h.writeInt16LE(32767, 40 + 2 * n)), /32767/),
		at("a NIfTI with a negative extent", (h) => h.writeInt16LE(-30, 42), /a\.nii.*: damaged NIfTI: its extents/),
		at(
			"a NIfTI of 7 axes",
			(h) => [h.writeInt16LE(7, 40), ...[4, 5, 6, 7].map((n) => h.writeInt16LE(2, 40 + 2 * n))],
			/a\.nii.*: expected an image of 2 or 3 dimensions.*30x24x5x2x2x2x2/,
		),
		at("a NIfTI of 99 axes", (h) => h.writeInt16LE(99, 40), /a\.nii.*: damaged NIfTI: its extents/),
		at("a NIfTI of an unknown type", (h) => h.writeInt16LE(77, 70), /a\.nii.*: damaged NIfTI: its data type is 77/),
		at("a NIfTI of complex numbers", (h) => h.writeInt16LE(32, 70), /a\.nii.*: .*complex/),
		at("a NIfTI that begins beyond its end", (h) => h.writeFloatLE(1e9, 108), /a\.nii.*: .*(truncated|damaged)/),
		at("a NIfTI that begins nowhere", (h) => h.writeFloatLE(Number.NaN, 108), /a\.nii.*: damaged NIfTI/),
		at("a NIfTI of another mark", (h) => h.write("nnn", 344, "latin1"), /a\.nii.*: .*(NIfTI|Analyze|neither|none)/),
		at("a NIfTI with a header of 349 bytes", (h) => h.writeInt32LE(349, 0), /a\.nii.*:/),
	];
});

const nrrds: readonly HostileImage[] = [
	one("an NRRD of 10^18 voxels", "a.nrrd", edited(/sizes: .*/, "sizes: 1000000 1000000 1000000"), /a\.nrrd: /),
	one("an NRRD of more sizes than axes", "a.nrrd", edited(/sizes: .*/, "sizes: 1 2 3 4 5 6"), /a\.nrrd: .*sizes/),
	one("an NRRD of no sizes", "a.nrrd", edited(/sizes: .*\n/, ""), /a\.nrrd: .*sizes/),
	one("an NRRD of 10^9 dimensions", "a.nrrd", edited(/dimension: 3/, "dimension: 1000000000"), /a\.nrrd: .*dimension/),
	one("an NRRD of a type of its own", "a.nrrd", edited(/type: .*/, "type: block"), /a\.nrrd: .*block/),
	one("an NRRD of an unknown encoding", "a.nrrd", edited(/encoding: gzip/, "encoding: lzma"), /a\.nrrd: .*lzma/),
	one("an NRRD that is raw and is not", "a.nrrd", edited(/encoding: gzip/, "encoding: raw"), /a\.nrrd: .*truncated/),
	one("an NRRD of hex that is gzip", "a.nrrd", edited(/encoding: gzip/, "encoding: hex"), /a\.nrrd: /),
	one("an NRRD of text that is gzip", "a.nrrd", edited(/encoding: gzip/, "encoding: ascii"), /a\.nrrd: /),
	one("an NRRD that skips far", "a.nrrd", edited(/encoding/, "byte skip: 999999999\nencoding"), /a\.nrrd: /),
	one("an NRRD that skips 10^300 lines", "a.nrrd", edited(/encoding/, "line skip: 1e300\nencoding"), /a\.nrrd: /),
	one(
		"an NRRD whose voxels lie in /dev/zero",
		"a.nrrd",
		edited(/encoding: gzip/, "encoding: raw\ndata file: /dev/zero"),
		/a\.nrrd: .*\/dev\/zero/,
	),
	one(
		"an NRRD whose voxels lie in itself",
		"a.nrrd",
		edited(/encoding: gzip/, "encoding: gzip\ndata file: a.nrrd"),
		/a\.nrrd: /,
	),
	one(
		"an NRRD of a million files",
		"a.nrrd",
		edited(/encoding: gzip/, "encoding: raw\ndata file: s%09d.raw 1 1000000000 1"),
		/a\.nrrd: /,
	),
	one(
		"an NRRD in a place of no extent",
		"a.nrrd",
		edited(/space directions: .*/, "space directions: (0,0,0) (0,0,0) (0,0,0)"),
		/a\.nrrd: /,
	),
	{
		name: "an NRRD whose header never ends",
		file: "a.nrrd",
		make: (path) => writeFileSync(path, `NRRD0004\n${"# comment\n".repeat(2_000_000)}`),
		expect: /a\.nrrd: /,
	},
	{
		name: "an NRRD of one line of 20 MB",
		file: "a.nrrd",
		make: (path) => writeFileSync(path, `NRRD0004\n${"x".repeat(20_000_000)}`),
		expect: /a\.nrrd: /,
	},
	{
		name: "an NRRD bomb",
		file: "a.nrrd",
		make: (path) =>
			writeFileSync(
				path,
				Buffer.concat([
					Buffer.from("NRRD0004\ntype: uint8\ndimension: 3\nsizes: 60000 60000 1000\nencoding: gzip\n\n"),
					gzipSync(Buffer.alloc(1 << 24)),
				]),
			),
		expect: /a\.nrrd: damaged or truncated: 1000x60000x60000/,
	},
];

const metas: readonly HostileImage[] = [
	one(
		"a MetaImage of 10^27 voxels",
		"a.mha",
		edited(/DimSize = .*/, "DimSize = 1000000000 1000000000 1000000000"),
		/a\.mha: /,
	),
	one("a MetaImage of negative extents", "a.mha", edited(/DimSize = .*/, "DimSize = -1 30 24"), /a\.mha: /),
	one("a MetaImage of no extents", "a.mha", edited(/DimSize = .*/, "DimSize ="), /a\.mha: /),
	one("a MetaImage of 10^9 dimensions", "a.mha", edited(/NDims = 3/, "NDims = 1000000000"), /a\.mha: .*NDims/),
	one(
		"a MetaImage of 10^15 channels",
		"a.mha",
		edited(/ElementType/, "ElementNumberOfChannels = 1000000000000000\nElementType"),
		/a\.mha: /,
	),
	one("a MetaImage of an unknown type", "a.mha", edited(/MET_UCHAR/, "MET_EVIL"), /a\.mha: .*MET_EVIL/),
	one("a MetaImage of a type of every object", "a.mha", edited(/MET_UCHAR/, "constructor"), /a\.mha: .*constructor/),
	one("a MetaImage that is no image", "a.mha", edited(/ObjectType = Image/, "ObjectType = Tube"), /a\.mha: .*Tube/),
	one(
		"a MetaImage that says it is not packed",
		"a.mha",
		edited(/CompressedData = True/, "CompressedData = False"),
		/a\.mha: .*truncated/,
	),
	one(
		"a MetaImage that skips far",
		"a.mha",
		edited(/ElementType/, "HeaderSize = 99999999999\nElementType"),
		/a\.mha: /,
	),
	one("a MetaImage of text that is packed", "a.mha", edited(/BinaryData = True/, "BinaryData = False"), /a\.mha: /),
	one("a MetaImage whose voxels lie in /dev/zero", "a.mha", edited(/LOCAL/, "/dev/zero"), /a\.mha: .*\/dev\/zero/),
	one("a MetaImage whose voxels are not there", "a.mha", edited(/LOCAL/, "../gone.raw"), /a\.mha: .*gone\.raw/),
	one("a MetaImage of a row of 10^9 files", "a.mha", edited(/LOCAL/, "s%09d.raw 1 1000000000 1"), /a\.mha: /),
	one("a MetaImage of a list of none", "a.mha", edited(/LOCAL.*/s, "LIST\n"), /a\.mha: .*LIST/),
	one(
		"a MetaImage of a place that is none",
		"a.mha",
		edited(/TransformMatrix = .*/, "TransformMatrix = 0 0 0 0 0 0 0 0 0"),
		/a\.mha: its place/,
	),
	{
		name: "a MetaImage whose header never ends",
		file: "a.mha",
		make: (path) => writeFileSync(path, `NDims = 3\n${"Comment = x\n".repeat(2_000_000)}`),
		expect: /a\.mha: /,
	},
];

const gipls: readonly HostileImage[] = (["a.gipl", "a.gipl.gz"] as const).flatMap((file) => {
	const at = (name: string, poke: (header: Buffer) => unknown, expect: RegExp) =>
		one(`${name} (${file})`, file, poked(file, poke), expect);
	return [
		at("a GIPL of 65535^3 voxels", (h) => [0, 2, 4].map((n) => h.writeUInt16BE(65535, n)), /a\.gipl.*: .*65535/),
		at("a GIPL of no extents", (h) => h.fill(0, 0, 8), /a\.gipl.*: .*dimensions/),
		at("a GIPL of an unknown type", (h) => h.writeUInt16BE(999, 8), /a\.gipl.*: .*999/),
		at("a GIPL of another mark", (h) => h.writeUInt32BE(0, 252), /a\.gipl/),
		at("a GIPL in no place", (h) => h.writeDoubleBE(Number.NaN, 204), /a\.gipl.*: its place/),
	];
});

const bmps: readonly HostileImage[] = [
	one(
		"a BMP of 2^31 columns",
		"a.bmp",
		poked("a.bmp", (h) => h.writeInt32LE(0x7fffffff, 18)),
		/a\.bmp: .*2147483647/,
	),
	one(
		"a BMP of 40000 x 40000 pixels",
		"a.bmp",
		poked("a.bmp", (h) => [18, 22].map((n) => h.writeInt32LE(40000, n))),
		/a\.bmp: .*40000/,
	),
	one(
		"a BMP of no rows",
		"a.bmp",
		poked("a.bmp", (h) => h.writeInt32LE(0, 22)),
		/a\.bmp: .*30x0/,
	),
	one(
		"a BMP of 7 bits",
		"a.bmp",
		poked("a.bmp", (h) => h.writeUInt16LE(7, 28)),
		/a\.bmp: .*7 bits/,
	),
	one(
		"a BMP of an unknown compression",
		"a.bmp",
		poked("a.bmp", (h) => h.writeUInt32LE(99, 30)),
		/a\.bmp: .*compression 99/,
	),
	one(
		"a BMP of 2^31 colours",
		"a.bmp",
		poked("a.bmp", (h) => h.writeUInt32LE(2 ** 31, 46)),
		/a\.bmp: .*2147483648/,
	),
	one(
		"a BMP whose pixels lie past its end",
		"a.bmp",
		poked("a.bmp", (h) => h.writeUInt32LE(2 ** 31, 10)),
		/a\.bmp: .*truncated/,
	),
	one(
		"a BMP of codes that are none",
		"a.bmp",
		poked("a.bmp", (h) => [h.writeUInt32LE(1, 30), h.fill(1, 1078), h.fill(0, h.length - 3)]),
		/a\.bmp/,
	),
	one(
		"a BMP with a header of 4 GB",
		"a.bmp",
		poked("a.bmp", (h) => h.writeUInt32LE(0xffffffff, 14)),
		/a\.bmp/,
	),
];

const places: readonly HostileImage[] = [...FILES, "a.mhd", "a.nhdr"].flatMap((file) => [
	{
		name: `a folder named ${file}`,
		file,
		make: (path: string) => mkdirSync(path),
		expect: /no image in folder|found an empty folder/,
	},
	{
		name: `a pipe named ${file}`,
		file,
		make: (path: string) => execFileSync("mkfifo", [path]),
		expect: /found a pipe, socket or device/,
	},
]);

const headers: readonly HostileImage[] = [
	{
		name: "an .mhd whose voxels are a folder",
		file: "a.mhd",
		make: (path) => {
			mkdirSync(join(path, "..", "a.raw"));
			writeFileSync(path, "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = a.raw\n");
		},
		expect: /a\.mhd: .*a\.raw, found a folder/,
	},
	{
		name: "an .nhdr whose voxels are too few",
		file: "a.nhdr",
		make: (path) => {
			writeFileSync(join(path, "..", "a.raw"), Buffer.alloc(7));
			writeFileSync(path, "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: a.raw\n\n");
		},
		expect: /a\.nhdr: .*need 8 bytes in .*a\.raw, found 7/,
	},
];

/** All of them. */
export const HOSTILE_VOLUMES: readonly HostileImage[] = [
	...cuts,
	...niftis,
	...nrrds,
	...metas,
	...gipls,
	...bmps,
	...places,
	...headers,
];
