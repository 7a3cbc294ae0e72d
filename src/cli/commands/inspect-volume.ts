/**
 * `nnvol inspect VOLUME [--json] [--input-dataset NAME]`: what an image, a volume or a folder of images is.
 *
 * @module
 */
import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { DTYPES } from "../../core/dtype.ts";
import { isNnvolError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { sizeText } from "../../model/archive.ts";
import { kindOf } from "../../model/path-kind.ts";
import { parseCaseName } from "../../nnunet/cases.ts";
import { axesOf } from "../../volume/convert/carry.ts";
import { formatByName, formatOfName, isVolumeFolder, openVolume, senseFormat } from "../../volume/formats.ts";
import type { VolumeInfo } from "../../volume/volume.ts";

/** Files that make a folder a model, whatever images lie beside them. */
const MODEL_MARKS = /^(plans\.json|dataset\.json|fold_(\d+|all)|checkpoints?|.*\.pth)$/;

/** What a path holds, where it is no model. */
export type Looked = "volume" | "folder";

/** Options of the command that are about volumes. */
export type VolumeInspectFlags = { readonly json?: boolean; readonly inputDataset?: string };

/** Whether a volume or a folder of images lies at `path`; undefined for anything else, which may be a model. */
export async function lookAt(path: string): Promise<Looked | undefined> {
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) || path.startsWith("stack:")) return "volume";
	const kind = await kindOf(path);
	if (kind === "folder") {
		if (await isVolumeFolder(path)) return "volume";
		const names = await readdir(path).catch((): string[] => []);
		if (names.some((name) => MODEL_MARKS.test(name))) return undefined;
		return names.some(isImageName) ? "folder" : undefined;
	}
	// a name of a volume is one even where the file is missing or damaged: the error is then about that
	if (formatOfName(path) !== undefined) return "volume";
	if (kind === "missing") return undefined;
	return (await isOfModel(path)) ? undefined : "volume";
}

/** True for a file that may be a checkpoint or a model: a zip (as `.pth` are), or one that is named so. */
async function isOfModel(path: string): Promise<boolean> {
	if (/\.(pth|pt|model|zip|json)$/i.test(path)) return true;
	const file = await open(path);
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
		return buffer.toString("latin1", 0, bytesRead) === "PK";
	} finally {
		await file.close();
	}
}

/** Prints what the folder of images holds. */
export async function inspectFolder(folder: string, { json }: VolumeInspectFlags): Promise<number> {
	const files = (await readdir(folder)).filter(isImageName).sort();
	const ids = new Set(files.map((name) => parseCaseName(name).id));
	const kinds = [...new Set(files.map((name) => formatOfName(name)))];
	const first = files[0] === undefined ? undefined : await infoOf(join(folder, files[0]), undefined);
	const next = `nnvol predict MODEL ${folder} OUTPUT`;
	if (json === true) {
		const facts = { kind: "folder", path: folder, files: files.length, cases: ids.size, formats: kinds, first, next };
		process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
		return 0;
	}
	const rows: Row[] = [
		["folder", `${ids.size} case${ids.size === 1 ? "" : "s"} in ${files.length} file${files.length === 1 ? "" : "s"}`],
		["formats", kinds.join(", ")],
		...(first === undefined
			? []
			: [["first", `${basename(first.path)}: ${shapeText(first)}, ${first.dtype}`] as const]),
		["next", next],
	];
	process.stdout.write(rows.map(rowText).join(""));
	return 0;
}

/** Prints what the volume at `path` is; of a file with several arrays, each of them where none is named. */
export async function inspectVolume(path: string, { json, inputDataset }: VolumeInspectFlags): Promise<number> {
	const names = inputDataset === undefined ? await datasetsIn(path) : [];
	const infos =
		names.length > 1 ? await Promise.all(names.map((name) => infoOf(path, name))) : [await infoOf(path, inputDataset)];
	const [info] = infos;
	const next = nextStep(path, infos.length > 1 ? "NAME" : inputDataset);
	if (json === true) {
		const facts =
			infos.length > 1
				? { kind: "volumes", path, volumes: infos.map(facted) }
				: { kind: "volume", ...(info && facted(info)) };
		process.stdout.write(`${JSON.stringify({ ...facts, next }, null, 2)}\n`);
	} else if (infos.length > 1) {
		const width = Math.max(...names.map((name) => name.length));
		const rows = infos.map((each, i) => `  ${(names[i] ?? "").padEnd(width)}  ${shapeText(each)}, ${each.dtype}\n`);
		process.stdout.write(
			`${rowText(["format", infos[0]?.format ?? ""])}${infos.length} arrays:\n${rows.join("")}${rowText(["next", next])}`,
		);
	} else if (info !== undefined) process.stdout.write([...rowsOf(info), ["next", next] as const].map(rowText).join(""));
	return 0;
}

async function infoOf(path: string, dataset: string | undefined): Promise<VolumeInfo> {
	const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
	await reader.close();
	return reader.info;
}

/** Names of the arrays in a file that may hold several, where no single one is meant; a pyramid is one image. */
async function datasetsIn(path: string): Promise<readonly string[]> {
	const format = await formatByName(await senseFormat(path));
	if (format.datasets === undefined) return [];
	try {
		const { scales } = await infoOf(path, undefined);
		if (scales !== undefined && scales.length > 1) return [];
	} catch (error) {
		if (!isNnvolError(error, "VOLUME")) throw error;
	}
	return format.datasets(path);
}

type Row = readonly [name: string, value: string];

function rowsOf(info: VolumeInfo): Row[] {
	const { spacing, geometry, scales, files } = info;
	const rows: (Row | undefined)[] = [
		["format", info.format],
		files === undefined ? undefined : ["voxels in", files.length > 3 ? `${files.length} files` : files.join(", ")],
		info.dataset === undefined ? undefined : ["data set", info.dataset],
		["shape", shapeText(info)],
		["type", info.dtype],
		["voxels", `${sizeOf(info.shape).toLocaleString("en")} (${sizeText(bytesOf(info))})`],
		info.chunks === undefined ? undefined : ["chunks", info.chunks.join(" x ")],
		info.shards === undefined ? undefined : ["shards", info.shards.join(" x ")],
		info.compression === undefined ? undefined : ["compression", info.compression],
		spacing === undefined ? undefined : ["voxel size", `${spacing.join(" x ")} ${info.unit ?? "(no unit told)"}`],
		geometry === undefined ? undefined : ["origin", geometry.origin.join(", ")],
		geometry === undefined ? undefined : ["directions", geometry.direction.join(", ")],
		...(scales ?? []).map((scale): Row => [`scale ${scale.name}`, scaleText(scale)]),
		...(info.notes ?? []).map((note): Row => ["note", note]),
	];
	return rows.filter((row) => row !== undefined);
}

function scaleText({ shape, spacing }: NonNullable<VolumeInfo["scales"]>[number]): string {
	return `${shape.join(" x ")}${spacing === undefined ? "" : `, voxels of ${spacing.join(" x ")}`}`;
}

/** `16 x 512 x 512 (z, y, x)`. */
function shapeText(info: VolumeInfo): string {
	const axes = axesOf(info);
	const letters = [...axes].join(", ");
	if (axes === "") return info.shape.join(" x ");
	return `${info.shape.join(" x ")} (${info.axes === "" ? `taken for ${letters}` : letters})`;
}

function bytesOf(info: VolumeInfo): number {
	return sizeOf(info.shape) * DTYPES[info.dtype].bytes;
}

function facted(info: VolumeInfo): VolumeInfo & { readonly voxels: number; readonly bytes: number } {
	return { ...info, voxels: sizeOf(info.shape), bytes: bytesOf(info) };
}

function nextStep(path: string, dataset: string | undefined): string {
	return `nnvol predict MODEL ${path} OUTPUT${dataset === undefined ? "" : ` --input-dataset ${dataset}`}`;
}

function isImageName(name: string): boolean {
	return !name.startsWith(".") && formatOfName(name) !== undefined;
}

function rowText([name, value]: Row): string {
	return `${name.padEnd(16)}${name.length > 15 ? " " : ""}${value}\n`;
}
