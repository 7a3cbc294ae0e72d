/**
 * `nnvol convert IN OUT`: a volume in another format, copied box by box.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import type { OnEvent } from "../../core/events.ts";
import { type ConvertOptions, convertVolume } from "../../volume/convert/convert.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { formatOfName, openVolume, WRITTEN_FORMATS } from "../../volume/formats.ts";
import type { FormatName, VolumeInfo } from "../../volume/volume.ts";
import { type ConvertFlags, wishesOf } from "../convert-options.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress } from "../progress.ts";
import { parseSize } from "./install.ts";

/** Copies `input` to `output`; gives the exit code. */
export async function runConvert(input: string, output: string, flags: ConvertFlags): Promise<number> {
	const format = formatFor(output, flags.format);
	const memory = parseSize("--memory", flags.memory);
	requireOther(input, output);
	await requireFree(output, flags.overwrite === true);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	try {
		return await interruptible(async (signal) => {
			const dataset = flags.inputDataset;
			const reader = await openVolume(input, dataset === undefined ? { signal } : { signal, dataset });
			try {
				const wishes = { ...wishesOf(reader.info, format, flags), memory, signal };
				await copy(reader.info, output, wishes, progress.onEvent, (options) =>
					convertVolume(reader, output, format, options),
				);
				return 0;
			} finally {
				await reader.close();
			}
		});
	} finally {
		progress.close();
	}
}

/** Tells the run's events around `work`. */
async function copy(
	info: VolumeInfo,
	output: string,
	options: ConvertOptions,
	onEvent: OnEvent,
	work: (options: ConvertOptions) => ReturnType<typeof convertVolume>,
): Promise<void> {
	const begun = Date.now();
	const id = info.path;
	onEvent({ kind: "started", total: 1, skipped: 0, remaining: 1 });
	onEvent({ kind: "case-started", id });
	const report = await work({
		...options,
		onProgress: (done, total) => onEvent({ kind: "tile", id, done, total }),
	});
	for (const text of report.notes) onEvent({ kind: "warning", text });
	onEvent({ kind: "case-done", id, output, seconds: (Date.now() - begun) / 1000 });
	onEvent({ kind: "finished", done: 1, failed: 0, skipped: 0 });
}

function formatFor(output: string, name: string | undefined): FormatName {
	const found =
		name === undefined ? formatOfName(output) : WRITTEN_FORMATS.find((format) => format.name === name)?.name;
	if (found !== undefined) return found;
	if (name === undefined) {
		const endings = WRITTEN_FORMATS.map(({ extensions }) => extensions[0]).filter((ending) => ending !== undefined);
		throw new NnvolError(
			"CONFIG",
			`${output}: its ending tells no format; expected one of ${endings.join(", ")}, or --format`,
		);
	}
	const names = WRITTEN_FORMATS.map((format) => format.name).join(", ");
	throw new NnvolError("CONFIG", `--format ${name}: there is no such format; expected one of ${names}`);
}

/** @throws CONFIG where one lies in the other */
function requireOther(input: string, output: string): void {
	const [from, to] = [resolve(input), resolve(output)];
	const isInside = (a: string, b: string) => !relative(a, b).startsWith("..") && resolve(a, relative(a, b)) === b;
	if (/:\/\//.test(input) || /:\/\//.test(output)) {
		if (input !== output) return;
	} else if (!isInside(from, to) && !isInside(to, from)) return;
	throw new NnvolError("CONFIG", `${output}: the copy would lie on or in its input ${input}; choose another place`);
}
