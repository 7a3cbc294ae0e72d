/**
 * `npm run faults`: puts each fault of the list into a copy of the project and runs the tests that must catch it.
 *
 * `npm run faults -- src/score` takes those in files whose path holds this text.
 *
 * Ends with 1 where a fault was not caught, or where a fault's place is no longer in the sources.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ALL_FAULTS } from "./all.ts";
import type { Fault } from "./list.ts";

const root = resolve(import.meta.dirname, "..", "..");
const COPIED = [
	"src",
	"test",
	"dist",
	"examples",
	"tutorials",
	"docs",
	"scripts",
	"package.json",
	"tsconfig.json",
	"vitest.config.ts",
];

async function main(): Promise<number> {
	const [place = ""] = process.argv.slice(2);
	const faults = ALL_FAULTS.filter(({ file }) => file.includes(place));
	const copy = await mkdtemp(join(tmpdir(), "nnvol-faults-"));
	try {
		for (const name of COPIED) await cp(join(root, name), join(copy, name), { recursive: true });
		await symlink(join(root, "node_modules"), join(copy, "node_modules"));
		const tests = [...new Set(faults.flatMap((fault) => fault.tests))];
		if (!passes(copy, tests)) {
			console.log(`without any fault these tests fail already, so they would prove nothing: ${tests.join(" ")}`);
			return 1;
		}
		let missed = 0;
		for (const [n, fault] of faults.entries()) {
			const outcome = await tryFault(copy, fault);
			if (outcome !== "caught") missed++;
			console.log(`${String(n + 1).padStart(2)}/${faults.length}  ${outcome.padEnd(10)}  ${fault.file}: ${fault.name}`);
		}
		console.log(
			missed === 0 ? `all ${faults.length} faults were caught` : `${missed} of ${faults.length} faults were not caught`,
		);
		return missed === 0 ? 0 : 1;
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
}

async function tryFault(copy: string, fault: Fault): Promise<"caught" | "missed" | "not there"> {
	const path = join(copy, fault.file);
	const text = await readFile(path, "utf8");
	if (!text.includes(fault.from)) return "not there";
	await writeFile(
		path,
		text.replace(fault.from, () => fault.to),
	);
	try {
		return passes(copy, fault.tests) ? "missed" : "caught";
	} finally {
		await writeFile(path, text);
	}
}

function passes(copy: string, tests: readonly string[]): boolean {
	const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
	return (
		spawnSync(process.execPath, [vitest, "run", "--bail", "1", ...tests], { cwd: copy, stdio: "pipe" }).status === 0
	);
}

process.exitCode = await main();
