import { randomFillSync } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { afterEach, expect, test, vi } from "vitest";
import { temporaryBeside } from "../../../src/volume/publish.ts";
import { OutputFile, PIECE } from "../../../src/volume/streams/output.ts";

const disk: { handle: unknown } = vi.hoisted(() => ({ handle: undefined }));
vi.mock("node:fs/promises", async (original) => ({
	...(await original<typeof import("node:fs/promises")>()),
	open: async () => disk.handle,
}));

afterEach(() => {
	disk.handle = undefined;
});

/** A file on a disk that is full, and that takes its time to say so. */
function onFullDisk(delay: number): { closed: number } {
	const seen = { closed: 0 };
	disk.handle = {
		write: async () => {
			await new Promise((resolve) => setTimeout(resolve, delay));
			throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
		},
		close: async () => {
			seen.closed += 1;
		},
	} satisfies Partial<Record<keyof FileHandle, unknown>>;
	return seen;
}

// while the disk hesitates the packer fills up and waits to be read: then its end never tells that it took the piece
test.each([
	["at once", 0, PIECE],
	["while the packer is full", 200, PIECE],
	["between small pieces", 200, 50_000],
])("a full disk that is noticed %s is an error, not a wait without end", async (_, delay, size) => {
	const seen = onFullDisk(delay);
	const file = await OutputFile.create(temporaryBeside("labels.nii.gz"));
	file.pack("gzip");
	const fill = async () => {
		for (let done = 0; done < 5 * PIECE; done += size) await file.append(randomFillSync(new Uint8Array(size)));
		await file.unpack();
	};
	await expect(fill()).rejects.toMatchObject({
		code: "VOLUME",
		message: expect.stringMatching(/^labels\.nii\.gz: cannot write: no space is left on the disk/),
	});
	await file.abandon();
	expect(seen.closed).toBe(1);
});
