/**
 * A folder of a test's own, removed after it.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder with `files` (by relative path; a name that ends in "/" is a folder). Call it within a test. */
export function testFolder(files: Readonly<Record<string, string>> = {}): string {
	const folder = mkdtempSync(join(tmpdir(), "nnvol-test-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	for (const [name, text] of Object.entries(files)) {
		const path = join(folder, name);
		mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
		if (!name.endsWith("/")) writeFileSync(path, text);
	}
	return folder;
}
