/**
 * `npm run bench -- stream formats`: every `rates-*.ts`, one after the other, and one table of what they say: reading and writing
 * rates of each format beside the libraries that Python has for it.
 *
 * Options: `--python PYTHON`, one that has them (h5py, hdf5plugin, zarr, tensorstore, tifffile, Pillow, scikit-image, nibabel,
 * SimpleITK, cloud-volume); `--rounds 3`; `--quick` one round; `--only zarr,tiff` some of the scripts.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { FORMAT_RATES, FormatRate } from "./stream-results.ts";
import { formatsTable } from "./stream-tables.ts";

/** Runs them; gives the exit code: 1 where one of them failed. */
export async function benchFormats(args: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			python: { type: "string" },
			rounds: { type: "string" },
			quick: { type: "boolean", default: false },
			only: { type: "string" },
		},
	});
	const rounds = values.rounds ?? (values.quick ? "1" : "3");
	const only = values.only?.split(",");
	const scripts = readdirSync(import.meta.dirname).filter((file) => {
		const [, name = ""] = /^rates-(.+)\.ts$/.exec(file) ?? [];
		return name !== "" && (only?.includes(name) ?? true);
	});
	const rates: FormatRate[] = [];
	let failed = 0;
	for (const script of scripts) {
		const code = await runScript(script, values.python ?? findPython(), rounds, (rate) => rates.push(rate));
		if (code !== 0) console.error(`bench stream formats: ${script} ended with ${code}`);
		failed += code === 0 ? 0 : 1;
	}
	console.log(`\n${formatsTable(rates)}`);
	if (failed === 0 && only === undefined && !values.quick) await FORMAT_RATES.keep(rates);
	return failed === 0 ? 0 : 1;
}

/** `$NNVOL_PYTHON`, an environment beside or in the checkout, else the system's. */
function findPython(): string {
	const { NNVOL_PYTHON: named } = process.env;
	const near = ["oracle-venv", "../oracle-venv"].map((folder) => resolve(folder, "bin", "python"));
	return named ?? near.find(existsSync) ?? "python3";
}

/** Runs a script with the loader that this one has; gives its exit code. */
async function runScript(
	script: string,
	python: string,
	rounds: string,
	onRate: (rate: FormatRate) => void,
): Promise<number> {
	const words = [join(import.meta.dirname, script), "--python", python, "--rounds", rounds];
	const child = spawn(process.execPath, ["--import", "tsx", ...words], { stdio: ["ignore", "pipe", "inherit"] });
	const ended = new Promise<number>((done, fail) => {
		child.once("error", fail);
		child.once("close", (code) => done(code ?? 1));
	});
	for await (const line of createInterface({ input: child.stdout })) {
		console.log(line);
		if (line.startsWith("{")) onRate(FormatRate.parse(JSON.parse(line)));
	}
	return ended;
}
