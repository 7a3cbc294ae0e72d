import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { colourOf } from "../../src/image/object-overlay.ts";
import { openVolume } from "../../src/volume/formats.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DEMO = join(ROOT, "scripts", "demo.mjs");

async function read(path: string): Promise<NdArray> {
	const volume = await openVolume(path);
	try {
		return await volume.read(wholeBox(volume.info.shape));
	} finally {
		await volume.close();
	}
}

describe("npm run demo", () => {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-demo-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("numbers objects and paints each in a colour of its own", { timeout: 300_000 }, async () => {
		const image = "examples/mito/images/slice4.png";
		const args = [DEMO, "--objects", "--images", image, "--output", join(folder, "objects")];
		const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
		const count = Number(/slice4 {2}(\d+) mitochondria/.exec(stdout)?.[1]);
		const ids = await read(join(folder, "objects", "slice4_mito_seg.h5"));
		expect(ids.dtype).toBe("uint16");
		expect(new Set(Array.from(ids.data, Number)).size - 1).toBe(count);
		const { data } = await read(join(folder, "objects", "slice4_overlay.png"));
		const painted = new Set<string>();
		for (let at = 0; at < data.length; at += 3) painted.add([data[at], data[at + 1], data[at + 2]].join());
		for (let id = 1; id <= count; id++) expect(painted.has(colourOf(id).join())).toBe(true);
	});

	it("segments the example, tells the areas and paints them; twice", { timeout: 300_000 }, async () => {
		const args = [
			DEMO,
			"--images",
			"examples/mito/images/slice4.png",
			"--labels",
			"examples/mito/labels",
			"--output",
			folder,
		];
		for (let n = 0; n < 2; n++) {
			const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
			const line = /slice4 {2}(\d+) mitochondria, (\d+) of 171520 px .* Dice with the true outlines (0\.\d+)/.exec(
				stdout,
			);
			expect(line, stdout).not.toBeNull();
			const mask = (await read(join(folder, "slice4_mito_seg.h5"))).data;
			expect(mask.filter((value: number | bigint) => value > 0).length).toBe(Number(line?.[2]));
			expect(Number(line?.[3])).toBeGreaterThan(0.9);
		}
		const { shape, data } = await read(join(folder, "slice4_overlay.png"));
		expect(shape).toEqual([670, 1024, 3]);
		const mask = await read(join(folder, "slice4_mito_seg.h5"));
		let wrong = 0;
		for (let y = 0; y < 335; y++) {
			for (let x = 0; x < 512; x++) {
				const at = 3 * (2 * y * 1024 + 2 * x);
				if (Number(data[at]) === 0 && Number(data[at + 2]) === 255) continue; // the line around what is true
				const isOrange = Number(data[at]) > Number(data[at + 2]) + 20;
				if (isOrange !== Number(mask.data[y * 512 + x]) > 0) wrong++;
			}
		}
		expect(wrong).toBe(0);
		expect((await read(join(folder, "montage.png"))).shape[2]).toBe(3);
	});

	it("says how it is used where an option is unknown", async () => {
		const failed = promisify(execFile)(process.execPath, [DEMO, "--image", "x.png"], { cwd: ROOT });
		await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("Usage: npm run demo") });
	});
});
