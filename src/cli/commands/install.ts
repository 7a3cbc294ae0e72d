/**
 * `nnvol install ZIP [--results FOLDER]`: what nnU-Net's installer does, safely.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { sizeText } from "../../model/archive.ts";
import { RESULTS_VARIABLE, resultsFolder } from "../../model/registry.ts";
import { type Installed, type InstallReport, installZip } from "../../nnunet/install.ts";
import { interruptible } from "../interrupt.ts";

/** Options of `install`. */
export type InstallFlags = {
	readonly results?: string;
	readonly overwrite?: boolean;
	readonly maxSize?: string;
	readonly json?: boolean;
};

/** Installs and tells what was installed; gives the exit code. */
export async function runInstall(zip: string, flags: InstallFlags): Promise<number> {
	const maxBytes = flags.maxSize === undefined ? undefined : parseSize("--max-size", flags.maxSize);
	const results = resultsFolder(flags.results);
	if (results === undefined) {
		throw new NnvolError(
			"CONFIG",
			`install needs the folder that models go to: set the environment variable ${RESULTS_VARIABLE}, or use --results FOLDER`,
		);
	}
	const report = await interruptible((signal) =>
		installZip(zip, results, { overwrite: flags.overwrite === true, maxBytes, signal }),
	);
	process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
	return 0;
}

/** `50GB`, `200 MiB`, `1000`: bytes; a kilo is 1024. @throws CONFIG */
export function parseSize(name: string, text: string): number {
	const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
	const bytes = Number(number) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " ");
	if (number !== "" && bytes >= 1 && Number.isSafeInteger(Math.floor(bytes))) return Math.floor(bytes);
	throw new NnvolError("CONFIG", `${name} ${text}: expected a size such as 500MB or 50GB`);
}

function reportText({ parts, results, leftOut, bytes }: InstallReport): string {
	const lines = parts.flatMap(partLines);
	const left = leftOut.length === 0 ? [] : [`left out, for it belongs to no data set: ${leftOut.join(", ")}`];
	const what = parts.every(({ state }) => state === "already there")
		? "Nothing to do"
		: `Installed (${sizeText(bytes)})`;
	return `${[`${what}; models are in ${results}`, ...lines, ...left].join("\n")}\n`;
}

function partLines({ path, kind, state, files }: Installed): string[] {
	if (kind === "file") return [`  ${path}: ${state}`];
	const details = [foldsText(files), ...files.filter((name) => /postprocessing\.(json|pkl)$/.test(name))].filter(
		(text) => text !== "",
	);
	return [`  ${path}: ${state}`, ...details.map((text) => `    ${text}`)];
}

/** `folds 0, 1 (checkpoint_final.pth)`. */
function foldsText(files: readonly string[]): string {
	const found = files.map((name) => /^fold_(\d+|all)\/([^/]+\.pth)$/.exec(name)).filter((match) => match !== null);
	if (found.length === 0) return "";
	const folds = [...new Set(found.map(([, fold = ""]) => fold))].sort((a, b) => Number(a) - Number(b));
	const names = [...new Set(found.map(([, , name = ""]) => name))].sort();
	return `fold${folds.length === 1 ? "" : "s"} ${folds.join(", ")} (${names.join(", ")})`;
}
