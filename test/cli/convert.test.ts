/**
 * `nnvol convert`: what it takes, what it refuses, and what is left when it is stopped or the disk is full.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { cut } from "../../src/core/array.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { testFolder } from "../folder.ts";
import { expectSame } from "../volume/conformance.ts";
import { noise } from "../volume/noise.ts";
import { nnvol, start } from "./command.ts";
import { pattern, readVolume, writeVolume } from "./scene.ts";

async function infoOf(path: string) {
	const reader = await openVolume(path);
	await reader.close();
	return reader.info;
}

describe("convert", () => {
	it("copies between formats; --json tells events", async () => {
		const folder = testFolder();
		const array = pattern([5, 40, 60], "int16");
		const from = await writeVolume(join(folder, "a.nii.gz"), array, "zyx", [2, 0.5, 0.5]);
		const to = join(folder, "b.zarr");
		const { code, out, err } = await nnvol(
			"convert",
			from,
			to,
			"--json",
			"--chunks",
			"4,32,32",
			"--compression",
			"none",
		);
		expect([code, err]).toEqual([0, ""]);
		const events = out
			.trim()
			.split("\n")
			.map((line): { kind: string } => JSON.parse(line));
		expect(events.map(({ kind }) => kind)).toEqual(
			expect.arrayContaining(["started", "tile", "case-done", "finished"]),
		);
		expectSame(await readVolume(to), array);
		expect(await infoOf(to)).toMatchObject({ chunks: [4, 32, 32], spacing: [2, 0.5, 0.5] });
		const stack = `stack:${join(folder, "s", "z{z:03d}.tif")}`;
		expect(await nnvol("convert", to, stack, "--quiet")).toMatchObject({ code: 0 });
		expect(readdirSync(join(folder, "s"))).toEqual(["z000.tif", "z001.tif", "z002.tif", "z003.tif", "z004.tif"]);
		expect(await nnvol("convert", to, stack)).toMatchObject({ code: 2, err: expect.stringMatching(/exists already/) });
		const back = join(folder, "c.nrrd");
		expect(await nnvol("convert", `stack:${join(folder, "s")}`, back)).toMatchObject({ code: 0 });
		expectSame(await readVolume(back), array);
	});
	it("copies a part, in another type and voxel size, to a named data set", async () => {
		const folder = testFolder();
		const array = pattern([6, 20, 30]);
		const from = await writeVolume(join(folder, "a.nrrd"), array, "zyx");
		const to = join(folder, "b.h5");
		const words = ["--roi", "1,2,3/4,5,6", "--dtype", "float32", "--spacing", "3,2,1", "--dataset", "raw/part"];
		expect(await nnvol("convert", from, to, ...words)).toMatchObject({ code: 0 });
		expect(await infoOf(to)).toMatchObject({
			dataset: "raw/part",
			dtype: "float32",
			shape: [4, 5, 6],
			spacing: [3, 2, 1],
		});
		const part = cut(array, { start: [1, 2, 3], stop: [5, 7, 9] });
		expect([...(await readVolume(to)).data].map(Number)).toEqual([...part.data].map(Number));
	});
	it("builds coarser scales where the format has them", async () => {
		const folder = testFolder();
		const from = await writeVolume(join(folder, "a.nii"), pattern([20, 60, 80], "uint16"), "zyx", [1, 1, 1]);
		for (const to of [join(folder, "b.precomputed"), join(folder, "b.zarr")]) {
			expect(await nnvol("convert", from, to, "--scales", "2", "--chunks", "16,16,16")).toMatchObject({ code: 0 });
			const { scales } = await infoOf(to);
			expect(scales?.map(({ shape }) => shape)).toEqual([
				[20, 60, 80],
				[10, 30, 40],
				[5, 15, 20],
			]);
		}
		expect(await nnvol("convert", from, join(folder, "c.nrrd"), "--pyramid")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/c\.nrrd: nrrd has no coarser scales/),
		});
	});
	it("refuses what makes no sense before anything is written", async () => {
		const folder = testFolder();
		const from = await writeVolume(join(folder, "a.nii"), noise("int16", [6, 20, 30], 1), "zyx");
		const there = await writeVolume(join(folder, "there.mha"), pattern([2, 3, 4]), "zyx");
		const kept = readFileSync(there);
		const to = join(folder, "b.zarr");
		const refused: [string[], number, RegExp][] = [
			[[from, there], 2, /there\.mha: exists already; add --overwrite/],
			[[from, from], 2, /would lie on or in its input/],
			[[from, join(folder, "b.xyz")], 2, /b\.xyz: its ending tells no format; expected one of .*\.zarr/],
			[[from, to, "--format", "jpx"], 2, /--format jpx: there is no such format/],
			[[from, to, "--dtype", "int12"], 2, /--dtype int12: expected/],
			[[from, to, "--dtype", "uint8"], 1, /of its values \(int16\) are none of uint8/],
			[[from, to, "--chunks", "4,4"], 2, /--chunks 4,4: expected 3 numbers/],
			[[from, to, "--chunks", "0,4,4"], 2, /--chunks 0,4,4: expected numbers above 0/],
			[[from, join(folder, "b.mha"), "--ome"], 2, /--ome and --zarr-format are for Zarr, and the copy is metaimage/],
			[[from, to, "--scales", "0"], 2, /--scales 0: expected a whole number/],
			[[from, to, "--compression", "rar"], 2, /--compression rar: expected one of none, gzip/],
			[[from, to, "--spacing", "1,2"], 2, /--spacing 1,2: expected 3 numbers above 0/],
			[[from, to, "--roi", "0,0,0"], 2, /--roi 0,0,0: expected START\/SIZE with 3 whole numbers/],
			[[from, to, "--roi", "0,0,0/7,1,1"], 2, /--roi 0,0,0\/7,1,1: expected a part of the input's 6x20x30/],
			[[from, to, "--memory", "lots"], 2, /--memory lots: expected a size/],
			[[from, join(folder, "b.png")], 1, /b\.png: png cannot hold int16/],
			[[from, join(folder, "b.nii.gz"), "--chunks", "1,2,3"], 2, /b\.nii\.gz: this format has no chunks/],
			[
				[from, join(folder, "b.nii"), "--overwrite", "--compression", "gzip"],
				2,
				/b\.nii: this format is packed where its name/,
			],
			[[join(folder, "none.nii"), to], 1, /none\.nii: cannot read: there is no such file/],
		];
		for (const [words, code, message] of refused) {
			const result = await nnvol("convert", ...words);
			expect([result.code, result.err], words.join(" ")).toEqual([code, expect.stringMatching(message)]);
		}
		expect(readdirSync(folder).sort()).toEqual(["a.nii", "there.mha"]);
		expect(readFileSync(there)).toEqual(kept);
		expect(await nnvol("convert", from, there, "--overwrite")).toMatchObject({ code: 0 });
		expect((await readVolume(there)).shape).toEqual([6, 20, 30]);
	});
	it("a damaged input ends it with what is wrong, and the old copy stays", async () => {
		const folder = testFolder();
		const whole = readFileSync(await writeVolume(join(folder, "a.nii.gz"), noise("uint8", [30, 90, 90], 1), "zyx"));
		const short = join(folder, "short.nii.gz");
		writeFileSync(short, whole.subarray(0, 100_000));
		const to = await writeVolume(join(folder, "b.nrrd"), pattern([2, 3, 4]), "zyx");
		const { code, err } = await nnvol("convert", short, to, "--overwrite");
		expect([code, err]).toEqual([1, expect.stringMatching(/short\.nii\.gz: truncated: its packed data end too early/)]);
		expect((await readVolume(to)).shape).toEqual([2, 3, 4]);
		expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
	});
});

describe.skipIf(process.platform === "win32")("a copy that is stopped", () => {
	it("by an interrupt ends with 130 and leaves nothing", async () => {
		const folder = testFolder();
		const from = await writeVolume(join(folder, "a.nii"), noise("int16", [120, 512, 512], 1), "zyx");
		for (const name of ["b.nii.gz", "b.zarr"]) {
			const { child, ended } = start(["convert", from, join(folder, name), "--memory", "200MB"]);
			const begun = () => readdirSync(folder).some((each) => each.endsWith(".nnvol-tmp"));
			for (let n = 0; n < 800 && !begun(); n++) await pause(10);
			child.kill("SIGINT");
			const { code, err } = await ended;
			expect([code, err]).toEqual([130, expect.stringMatching(/nnvol: interrupted/)]);
			expect(readdirSync(folder)).toEqual(["a.nii"]);
		}
	});
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canMount)("a copy onto a full disk", () => {
	it("says so, leaves nothing half-written, and can be made when there is room", async () => {
		const folder = testFolder();
		const disk = join(folder, "disk");
		mkdirSync(disk);
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", disk]);
		onTestFinished(() => {
			execFileSync("umount", [disk]);
		});
		const from = await writeVolume(join(folder, "a.nii"), noise("int16", [40, 200, 200], 1), "zyx");
		for (const name of ["b.nii", "b.nii.gz", "b.mha", "b.zarr"]) {
			const { code, err } = await nnvol("convert", from, join(disk, name));
			expect([code, err], name).toEqual([1, expect.stringMatching(/no space is left on the disk/)]);
			expect(err).toContain(name);
			expect(readdirSync(disk), name).toEqual([]);
		}
	});
});
