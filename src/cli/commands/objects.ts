/**
 * `nnvol objects VOLUME [--table FILE] [--mesh IDS --out FOLDER]`: what the objects of a label volume are.
 *
 * @module
 */
import type { OnEvent } from "../../core/events.ts";
import { asZyx, shapeText, type Zyx } from "../../core/shape.ts";
import { type SpaceReader, spaceReader } from "../../decode/objects/label-volume.ts";
import { referToMeshes } from "../../decode/objects/mesh-folder.ts";
import type { ObjectTable } from "../../decode/objects/object-table.ts";
import { type SurveyedVolumes, surveyObjects } from "../../decode/objects/survey.ts";
import { writeMeshes } from "../../decode/objects/write-meshes.ts";
import { writeObjectTable } from "../../decode/objects/write-table.ts";
import { unitOf } from "../../volume/convert/carry.ts";
import { requireFree } from "../../volume/convert/target.ts";
import { openVolume } from "../../volume/formats.ts";
import { plainPath } from "../../volume/stores/location.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import { interruptible } from "../interrupt.ts";
import { type MeshTarget, meshTarget, placingOf } from "../objects-meshes.ts";
import { type MeshWish, type ObjectsFlags, type ObjectsWish, objectsWish } from "../objects-options.ts";
import { makeProgress } from "../progress.ts";
import { parseSize } from "./install.ts";

/** What the steps of the command share. */
type Job = {
	readonly path: string;
	readonly flags: ObjectsFlags;
	readonly memory: number;
	readonly onEvent: OnEvent;
	readonly signal: AbortSignal;
};

/** Measures the objects of the label volume at `path`, writes table and meshes; gives the exit code. */
export async function runObjects(path: string, flags: ObjectsFlags): Promise<number> {
	const wish = objectsWish(flags);
	const memory = parseSize("--memory", flags.memory);
	if (wish.table !== undefined) await requireFree(wish.table, flags.overwrite === true);
	const progress = makeProgress({ json: flags.json === true, quiet: flags.quiet === true });
	const opened: VolumeReader[] = [];
	try {
		return await interruptible(async (signal) => {
			const volumes = await openAll(path, flags, wish, opened, { signal });
			await work(volumes, wish, { path, flags, memory, signal, onEvent: progress.onEvent });
			return 0;
		});
	} finally {
		progress.close();
		await Promise.all(opened.map((reader) => reader.close()));
	}
}

/** Writes what is wished for; tells events around it. */
async function work(volumes: SurveyedVolumes, wish: ObjectsWish, job: Job): Promise<void> {
	const { table, mesh } = wish;
	const { onEvent, path, flags, memory, signal } = job;
	const { info } = volumes.labels;
	const target = mesh && (await meshTarget(info, path, mesh.format, flags.out));
	const begun = Date.now();
	onEvent({ kind: "started", total: 1, skipped: 0, remaining: 1 });
	onEvent({ kind: "case-started", id: path });
	const onProgress = (done: number, total: number) => onEvent({ kind: "tile", id: path, done, total });
	const survey = { ...sizeOfVoxel(info, wish.spacing), memory, signal, onProgress, surfaces: table !== undefined };
	const found = await surveyObjects(volumes, survey);
	const lines: string[] = [];
	if (table !== undefined) {
		await writeObjectTable(table, found);
		lines.push(tableText(table, found));
	}
	if (mesh !== undefined && target !== undefined) {
		lines.push(await meshes(volumes.labels, found, mesh, target, job, onProgress));
	}
	const output = table ?? target?.folder ?? "";
	onEvent({ kind: "case-done", id: path, output, seconds: (Date.now() - begun) / 1000 });
	onEvent({ kind: "finished", done: 1, failed: 0, skipped: 0 });
	if (flags.quiet !== true && flags.json !== true) process.stdout.write(lines.join(""));
}

/** Writes the meshes, and names their folder in the volume that it lies in. */
async function meshes(
	labels: SpaceReader,
	table: ObjectTable,
	{ ids, format, refine }: MeshWish,
	{ folder, refer, offset, note }: MeshTarget,
	{ onEvent, path, flags, memory, signal }: Job,
	onProgress: (done: number, total: number) => void,
): Promise<string> {
	const { placing, note: unitNote } = placingOf(table, format, offset);
	for (const text of [note, unitNote]) if (text !== undefined) onEvent({ kind: "warning", text });
	const chosen = ids === "all" ? [...table.ids] : ids;
	const { maxError } = refine;
	const length = placing.scale[0] / table.spacing[0]; // of meshes in nanometers
	const own = maxError === undefined ? refine : { ...refine, maxError: maxError * length };
	const overwrite = flags.overwrite === true;
	const options = { folder, format, placing, memory, signal, overwrite, refine: own, onProgress };
	const size = await writeMeshes(labels, table, chosen, options);
	if (refer !== undefined) await referToMeshes(plainPath(path), refer);
	const where = refer === undefined ? folder : `${folder} (named in the volume's info)`;
	return `${chosen.length} mesh${chosen.length === 1 ? "" : "es"} of ${size.triangles} triangles: ${where}\n`;
}

/** Opens what the options name; `opened` takes the readers, which the caller closes. */
async function openAll(
	path: string,
	{ inputDataset, probabilities, classes }: ObjectsFlags,
	{ channel }: ObjectsWish,
	opened: VolumeReader[],
	io: IoOptions,
): Promise<SurveyedVolumes> {
	const open = async (name: string, dataset?: string) => {
		const reader = await openVolume(name, dataset === undefined ? io : { ...io, dataset });
		opened.push(reader);
		return reader;
	};
	return {
		labels: spaceReader(await open(path, inputDataset)),
		...(probabilities === undefined ? {} : { probabilities: spaceReader(await open(probabilities), channel) }),
		...(classes === undefined ? {} : { classes: spaceReader(await open(classes)) }),
	};
}

/** Voxel size and its unit: as the user says, as the file says, else ones. */
function sizeOfVoxel(info: VolumeInfo, wanted: Zyx | undefined): { spacing: Zyx; unit?: string } {
	const unit = unitOf(info);
	return { spacing: wanted ?? asZyx(info.spacing ?? []), ...(unit === undefined ? {} : { unit }) };
}

function tableText(output: string, { count, shape, spacing, unit }: ObjectTable): string {
	const size = `${spacing.join(" x ")}${unit === undefined ? "" : ` ${unit}`}`;
	return `${count} object${count === 1 ? "" : "s"} in ${shapeText(shape)} voxels of ${size}: ${output}\n`;
}
