/**
 * The text of a configuration file: UTF-8, of a sane size, or an error that says what the file is instead.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { errorText, NnvolError } from "../core/errors.ts";
import { likelyName, meantText } from "./likely.ts";

/** Largest file that is read, in bytes. */
const LARGEST = 1 << 20;

/** Reads `path`; `asked` tells who names it, for errors: `a.yaml:3: `. @throws CONFIG */
export async function readConfigText(path: string, asked = ""): Promise<string> {
	const info = await stat(path).catch(async (error: unknown) => {
		throw await missing(path, asked, error);
	});
	const fail = (text: string): NnvolError => new NnvolError("CONFIG", `${asked}${path} ${text}`, { fields: { path } });
	if (info.isDirectory()) throw fail("is a folder; name the YAML file in it");
	if (!info.isFile()) throw fail("is not a regular file; a configuration is a YAML file");
	if (info.size > LARGEST) throw fail(`has ${info.size} bytes, which no configuration has; is it the YAML file?`);
	const bytes = await readFile(path).catch((error: unknown) => {
		throw new NnvolError("CONFIG", `${asked}${path} cannot be read; are you allowed to?`, { cause: error });
	});
	return decode(bytes, fail);
}

function decode(bytes: Uint8Array, fail: (text: string) => NnvolError): string {
	const [a, b] = bytes;
	if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) throw fail("is UTF-16; save it as UTF-8");
	if (a === 0x50 && b === 0x4b)
		throw fail("is a zip archive (a model?), not a YAML configuration; is it meant for --checkpoint?");
	if (bytes.includes(0)) throw fail("is binary, not a YAML configuration");
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (error) {
		const line = firstBadLine(bytes);
		throw new NnvolError("CONFIG", `${fail(`is not UTF-8 (line ${line}); save it as UTF-8`).message}`, {
			cause: error,
		});
	}
}

/** The first line (from 1) that is no valid UTF-8. */
function firstBadLine(bytes: Uint8Array): number {
	const lenient = new TextDecoder("utf-8").decode(bytes);
	return lenient.slice(0, Math.max(0, lenient.indexOf("\ufffd"))).split("\n").length;
}

async function missing(path: string, asked: string, cause: unknown): Promise<NnvolError> {
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	if (code !== "ENOENT" && code !== "ENOTDIR") {
		return new NnvolError("CONFIG", `${asked}${path} cannot be read: ${errorText(cause)}`, { cause });
	}
	const folder = dirname(path);
	const names = await readdir(folder).catch(() => undefined);
	const hint =
		names === undefined
			? `; the folder ${folder} does not exist either`
			: meantText(
					likelyName(
						basename(path),
						names.filter((name) => /\.ya?ml$/.test(name)),
					),
				);
	return new NnvolError("CONFIG", `${asked}the configuration file ${path} does not exist${hint}`, { fields: { path } });
}
