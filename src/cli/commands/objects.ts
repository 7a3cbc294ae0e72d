/**
 * `nnvol objects VOLUME [--table FILE] [--mesh IDS --out FOLDER]`: what the objects of a label volume are.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { asZyx, shapeText, type Zyx } from "../../core/shape.ts";
import { type SpaceReader, spaceReader } from "../../decode/objects/label-volume.ts";
import type { ObjectTable } from "../../decode/objects/object-table.ts";
import { surveyObjects } from "../../decode/objects/survey.ts";
import { tableFormatOf, writeObjectTable } from "../../decode/objects/write-table.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { openVolume } from "../../volume/formats.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import { interruptible } from "../interrupt.ts";
import { makeProgress, type Progress } from "../progress.ts";
import { parseSize } from "./install.ts";

/** Options of `objects`, as the parser gives them. */
export type ObjectsFlags = {
	readonly table?: string;
	readonly inputDataset?: string;
	readonly probabilities?: string;
	readonly channel?: string;
	readonly classes?: string;
	readonly spacing?: string;
	readonly overwrite?: boolean;
	readonly memory: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** Measures the objects of the label volume at `path`; gives the exit code. */
export async function runObjects(path: string, flags: ObjectsFlags): Promise<number> {
	const memory = parseSize("--memory", flags.memory);
	const spacing = flags.spacing === undefined ? undefined : parseSpacing(flags.spacing);
	const { table } = flags;
	if (table === undefined) throw new NnvolError("CONFIG", "nothing to write: give --table OUT.csv or OUT.parquet");
	tableFormatOf(table);
	await requireFree(table, flags.overwrite === true);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	const opened: VolumeReader[] = [];
	try {
		return await interruptible(async (signal) => {
			const volumes = await openAll(path, flags, opened, { signal });
			const { info } = volumes.labels;
			const found = await measured(progress, path, table, (onProgress) =>
				surveyObjects(volumes, { ...placeOf(info, spacing), memory, signal, onProgress }),
			);
			await writeObjectTable(table, found);
			if (flags.quiet !== true && flags.json !== true) process.stdout.write(summaryOf(table, found));
			return 0;
		});
	} finally {
		progress.close();
		await Promise.all(opened.map((reader) => reader.close()));
	}
}

type Opened = {
	readonly labels: SpaceReader;
	readonly probabilities?: SpaceReader;
	readonly classes?: SpaceReader;
};

/** Opens what the options name; `opened` takes the readers, which the caller closes. */
async function openAll(
	path: string,
	{ inputDataset, probabilities, channel, classes }: ObjectsFlags,
	opened: VolumeReader[],
	io: IoOptions,
): Promise<Opened> {
	const open = async (name: string, dataset?: string) => {
		const reader = await openVolume(name, dataset === undefined ? io : { ...io, dataset });
		opened.push(reader);
		return reader;
	};
	const labels = spaceReader(await open(path, inputDataset));
	const chosen = channel === undefined ? undefined : parseChannel(channel);
	return {
		labels,
		...(probabilities === undefined ? {} : { probabilities: spaceReader(await open(probabilities), chosen) }),
		...(classes === undefined ? {} : { classes: spaceReader(await open(classes)) }),
	};
}

/** Tells the run's events around `work`. */
async function measured(
	{ onEvent }: Progress,
	id: string,
	output: string,
	work: (onProgress: (done: number, total: number) => void) => Promise<ObjectTable>,
): Promise<ObjectTable> {
	const begun = Date.now();
	onEvent({ kind: "started", total: 1, skipped: 0, remaining: 1 });
	onEvent({ kind: "case-started", id });
	const table = await work((done, total) => onEvent({ kind: "tile", id, done, total }));
	onEvent({ kind: "case-done", id, output, seconds: (Date.now() - begun) / 1000 });
	onEvent({ kind: "finished", done: 1, failed: 0, skipped: 0 });
	return table;
}

/** Voxel size and its unit: as the user says, as the file says, else ones. */
function placeOf(info: VolumeInfo, wanted: Zyx | undefined): { spacing: Zyx; unit?: string } {
	const unit = info.unit === undefined ? {} : { unit: info.unit };
	return { spacing: wanted ?? asZyx(info.spacing ?? []), ...unit };
}

function summaryOf(output: string, { count, shape, spacing, unit }: ObjectTable): string {
	const size = `${spacing.join(" x ")}${unit === undefined ? "" : ` ${unit}`}`;
	return `${count} object${count === 1 ? "" : "s"} in ${shapeText(shape)} voxels of ${size}: ${output}\n`;
}

function parseSpacing(text: string): Zyx {
	const numbers = text.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
	if (numbers.length === 3 && numbers.every((n) => Number.isFinite(n) && n > 0)) return asZyx(numbers);
	throw new NnvolError("CONFIG", `--spacing ${text}: expected 3 numbers above 0 such as 30,4,4`);
}

function parseChannel(text: string): number {
	const channel = Number(text);
	if (text.trim() !== "" && Number.isSafeInteger(channel) && channel >= 0) return channel;
	throw new NnvolError("CONFIG", `--channel ${text}: expected a whole number from 0`);
}
