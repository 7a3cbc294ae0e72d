/**
 * Damaged, lying and hostile images and volumes, each with what its error must say.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { pattern, writeVolume } from "./scene.ts";

/** One image that must be refused. `make` writes it to a path in an empty folder. */
export type HostileImage = {
	readonly name: string;
	/** File name; the ending need not tell the truth. */
	readonly file: string;
	readonly make: (path: string) => unknown;
	readonly expect: RegExp;
};

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array, checksum?: number): Buffer {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const framed = Buffer.alloc(body.length + 8);
	framed.writeUInt32BE(data.length, 0);
	body.copy(framed, 4);
	framed.writeUInt32BE(checksum ?? crc32(body), framed.length - 4);
	return framed;
}

/** Header of a grey image. */
function header(width: number, height: number, depth = 8, color = 0): Buffer {
	const data = Buffer.alloc(13);
	data.writeUInt32BE(width, 0);
	data.writeUInt32BE(height, 4);
	data[8] = depth;
	data[9] = color;
	return data;
}

function png(head: Buffer, pixels: Uint8Array, headSum?: number): Buffer {
	return Buffer.concat([
		SIGNATURE,
		chunk("IHDR", head, headSum),
		chunk("IDAT", pixels),
		chunk("IEND", new Uint8Array()),
	]);
}

/** A little-endian TIFF of one directory at byte 8: entries are tag, type, count, value. */
function tiff(entries: readonly (readonly [number, number, number, number])[], next = 0, first = 8): Buffer {
	const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4 + 64);
	bytes.write("II*\0", 0, "latin1");
	bytes.writeUInt32LE(first, 4);
	bytes.writeUInt16LE(entries.length, 8);
	for (const [n, [tag, type, count, value]] of entries.entries()) {
		const at = 10 + n * 12;
		bytes.writeUInt16LE(tag, at);
		bytes.writeUInt16LE(type, at + 2);
		bytes.writeUInt32LE(count, at + 4);
		bytes.writeUInt32LE(value, at + 8);
	}
	bytes.writeUInt32LE(next, 10 + entries.length * 12);
	return bytes;
}

/** Directory of a grey image of 8 bits, one strip. */
function grey(
	width: number,
	height: number,
	over: Readonly<Record<number, number>> = {},
): [number, number, number, number][] {
	const values: Record<number, number> = {
		256: width,
		257: height,
		258: 8,
		259: 1,
		262: 1,
		273: 200,
		277: 1,
		278: height,
		279: (width * height) % 2 ** 32,
		...over,
	};
	return Object.entries(values).map(([tag, value]) => [Number(tag), 4, 1, value]);
}

const ZARR = {
	zarr_format: 3,
	node_type: "array",
	shape: [24, 30],
	data_type: "uint8",
	chunk_grid: { name: "regular", configuration: { chunk_shape: [24, 30] } },
	chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
	fill_value: 0,
	codecs: [{ name: "bytes", configuration: { endian: "little" } }],
	attributes: {},
};

function zarr(path: string, over: Readonly<Record<string, unknown>>, voxels: Uint8Array = new Uint8Array(720)): void {
	mkdirSync(join(path, "c", "0"), { recursive: true });
	writeFileSync(join(path, "zarr.json"), JSON.stringify({ ...ZARR, ...over }));
	writeFileSync(join(path, "c", "0", "0"), voxels);
}

const of = (bytes: Uint8Array | (() => Uint8Array)) => (path: string) =>
	writeFileSync(path, typeof bytes === "function" ? bytes() : bytes);

const pngs: readonly HostileImage[] = [
	{
		name: "a PNG bomb: 16 G pixels",
		file: "a.png",
		make: of(png(header(131072, 131072), deflateSync(new Uint8Array(1000)))),
		expect: /a\.png: damaged PNG: 131072x131072 pixels cannot come from 41 bytes/,
	},
	{
		name: "a PNG whose pixels go on for 64 MB",
		file: "a.png",
		make: of(() => png(header(4, 4), deflateSync(new Uint8Array(1 << 26)))),
		expect: /a\.png: .*damaged PNG/,
	},
	{
		name: "a PNG of no pixels",
		file: "a.png",
		make: of(png(header(0, 5), deflateSync(new Uint8Array(0)))),
		expect: /a\.png: damaged PNG: it has extents of 0x5/,
	},
	{
		name: "a PNG of 5 bits a sample",
		file: "a.png",
		make: of(png(header(4, 4, 5), deflateSync(new Uint8Array(20)))),
		expect: /a\.png: damaged PNG: .* 5 bits/,
	},
	{
		name: "a PNG with a wrong checksum",
		file: "a.png",
		make: of(png(header(4, 4), deflateSync(new Uint8Array(20)), 1)),
		expect: /a\.png: damaged PNG/,
	},
	{
		name: "a PNG whose pixels are no deflate stream",
		file: "a.png",
		make: of(png(header(4, 4), Buffer.from("not compressed"))),
		expect: /a\.png: damaged PNG/,
	},
	{
		name: "a PNG with too few pixels",
		file: "a.png",
		make: of(png(header(40, 40), deflateSync(new Uint8Array(20)))),
		expect: /a\.png: damaged PNG/,
	},
	{ name: "a PNG that is only its signature", file: "a.png", make: of(SIGNATURE), expect: /a\.png: .*8 bytes/ },
];

const tiffs: readonly HostileImage[] = [
	{
		name: "a TIFF whose directory is its own next",
		file: "a.tif",
		make: of(tiff(grey(4, 4), 8)),
		expect: /a\.tif: .*list of pages runs in a circle/,
	},
	{
		name: "a TIFF whose directory lies past the end",
		file: "a.tif",
		make: of(tiff(grey(4, 4), 0, 1 << 30)),
		expect: /a\.tif: .*points to 2 bytes at 1073741824 of a file of 186/,
	},
	{
		name: "a TIFF of 4 G by 4 G pixels",
		file: "a.tif",
		make: of(tiff(grey(0xffffffff, 0xffffffff))),
		expect: /a\.tif: .*data beyond the end of the file/,
	},
	{
		name: "a TIFF of 2 GB that it does not have",
		file: "a.tif",
		make: of(tiff(grey(46000, 46000))),
		expect: /a\.tif: .*data beyond the end of the file/,
	},
	{
		name: "a TIFF whose strip lies past the end",
		file: "a.tif",
		make: of(tiff(grey(4, 4, { 273: 1 << 28 }))),
		expect: /a\.tif: .*data beyond the end of the file/,
	},
	{
		name: "a TIFF of an unknown compression",
		file: "a.tif",
		make: of(tiff(grey(4, 4, { 259: 60000 }))),
		expect: /a\.tif: .*(compression|60000)/,
	},
	{
		name: "a TIFF without a width",
		file: "a.tif",
		make: of(tiff(grey(4, 4).slice(1))),
		expect: /a\.tif: .*has no pixels/,
	},
	{
		name: "a TIFF that is only its head",
		file: "a.tif",
		make: of(Buffer.from("II*\0\b\0\0\0", "latin1")),
		expect: /a\.tif: damaged or truncated TIFF/,
	},
];

const hdf5s: readonly HostileImage[] = [
	{
		name: "HDF5's signature before garbage",
		file: "a.h5",
		make: of(Buffer.concat([Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), Buffer.alloc(2000, 0xa5)])),
		expect: /a\.h5: cannot be read as HDF5; copy or download it again/,
	},
	{
		name: "an HDF5 cut in the middle",
		file: "a.h5",
		make: async (path) => {
			await writeVolume(path, pattern([24, 30]), "yx");
			truncateSync(path, Math.floor(readFileSync(path).length / 2));
		},
		expect: /a\.h5: .*truncated/,
	},
	{
		name: "an HDF5 full of holes",
		file: "a.h5",
		make: async (path) => {
			await writeVolume(path, pattern([24, 30]), "yx");
			const bytes = readFileSync(path);
			for (let i = 96; i < bytes.length; i += 3) bytes[i] = 0xff;
			writeFileSync(path, bytes);
		},
		expect: /a\.h5: cannot (look into|read|be read)/,
	},
	{
		name: "an HDF5 renamed to PNG and cut to its head",
		file: "a.png",
		make: of(Buffer.from("\x89HDF\r\n\x1a\n\0\0\0\0", "latin1")),
		expect: /a\.png: cannot be read as HDF5/,
	},
];

const zarrs: readonly HostileImage[] = [
	{
		name: "a Zarr whose metadata is no JSON",
		file: "a.zarr",
		make: (path) => {
			mkdirSync(path);
			writeFileSync(join(path, "zarr.json"), '{"zarr_format": 3,');
		},
		expect: /a\.zarr: the metadata zarr\.json is not JSON/,
	},
	{
		name: "a Zarr of 10^18 voxels",
		file: "a.zarr",
		make: (path) => zarr(path, { shape: [1e9, 1e9] }),
		expect: /a\.zarr: 1000000000x1000000000 voxels make \d+ blocks/,
	},
	{
		name: "a Zarr with a chunk of 10^18 voxels",
		file: "a.zarr",
		make: (path) => zarr(path, { chunk_grid: { name: "regular", configuration: { chunk_shape: [1e9, 1e9] } } }),
		expect: /a\.zarr: its chunks of 1000000000x1000000000 are over 1 GiB each/,
	},
	{
		name: "a Zarr of negative extents",
		file: "a.zarr",
		make: (path) => zarr(path, { shape: [-24, 30] }),
		expect: /a\.zarr: zarr\.json is not valid at shape/,
	},
	{
		name: "a Zarr with chunks of nothing",
		file: "a.zarr",
		make: (path) => zarr(path, { chunk_grid: { name: "regular", configuration: { chunk_shape: [0, 30] } } }),
		expect: /a\.zarr: the chunk_shape of zarr\.json is not valid/,
	},
	{
		name: "a Zarr of an unknown codec",
		file: "a.zarr",
		make: (path) => zarr(path, { codecs: [{ name: "../../evil" }] }),
		expect: /a\.zarr.*: .*(codec|evil)/,
	},
	{
		name: "a Zarr of complex numbers",
		file: "a.zarr",
		make: (path) => zarr(path, { data_type: "complex64" }),
		expect: /a\.zarr.*: .*complex64/,
	},
	{
		name: "a Zarr whose chunk is too short",
		file: "a.zarr",
		make: (path) => zarr(path, {}, new Uint8Array(7)),
		expect: /a\.zarr: chunk \[0, 0\] .*is damaged.*expected 720 bytes, found 7/,
	},
	{
		name: "a Zarr whose compressed chunk is garbage",
		file: "a.zarr",
		make: (path) =>
			zarr(
				path,
				{
					codecs: [
						{ name: "bytes", configuration: { endian: "little" } },
						{ name: "gzip", configuration: { level: 1 } },
					],
				},
				Buffer.from("no gzip"),
			),
		expect: /a\.zarr: chunk \[0, 0\] cannot be decoded; it is damaged/,
	},
	{
		name: "a group without arrays",
		file: "a.zarr",
		make: (path) => zarr(path, { node_type: "group" }),
		expect: /a\.zarr: .*found no array/,
	},
];

const paths: readonly HostileImage[] = [
	{
		name: "a folder named as an image",
		file: "a.png",
		make: (path) => mkdirSync(path),
		expect: /no image in folder .*a\.png|found an empty folder/,
	},
	{ name: "a link to itself", file: "a.png", make: (path) => symlinkSync(path, path), expect: /a\.png.*ELOOP/ },
	{
		name: "a link to nothing",
		file: "a.png",
		make: (path) => symlinkSync(join(dirname(path), "gone"), path),
		expect: /a\.png/,
	},
	{
		name: "a pipe that nobody writes to",
		file: "a.png",
		make: (path) => execFileSync("mkfifo", [path]),
		expect: /a\.png: .*found a pipe, socket or device/,
	},
	{
		name: "a device that never ends",
		file: "a.png",
		make: (path) => symlinkSync("/dev/zero", path),
		expect: /a\.png: .*found a pipe, socket or device/,
	},
	{ name: "text", file: "a.tif", make: of(Buffer.from("../../../etc/passwd\n")), expect: /a\.tif: .*a text file/ },
	{
		name: "a Git LFS pointer",
		file: "a.png",
		make: of(Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n")),
		expect: /Git LFS pointer/,
	},
	{
		name: "a pickle",
		file: "a.npy",
		make: of(Buffer.from("\x80\x04cos\nsystem\n(S'touch nnvol-was-here'\ntR.", "latin1")),
		expect: /a\.npy/,
	},
	{
		name: "a spacing file that is no JSON",
		file: "a.tif",
		make: async (path) => {
			await writeVolume(path, pattern([3, 24, 30]), "zyx");
			writeFileSync(path.replace(/tif$/, "json"), "{spacing");
		},
		expect: /a\.json: expected JSON/,
	},
	{
		name: "a spacing of endless numbers",
		file: "a.tif",
		make: async (path) => {
			await writeVolume(path, pattern([3, 24, 30]), "zyx");
			writeFileSync(path.replace(/tif$/, "json"), '{"spacing": [1, 1, -1]}');
		},
		expect: /a\.json: expected "spacing" to be three positive numbers/,
	},
];

/** All of them. */
export const HOSTILE_IMAGES: readonly HostileImage[] = [...pngs, ...tiffs, ...hdf5s, ...zarrs, ...paths];
