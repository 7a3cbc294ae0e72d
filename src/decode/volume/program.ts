/**
 * What is made of a written volume, as plain data: the passes follow from it.
 *
 * @module
 */
import type { DecodeNode } from "../../config/decoding/nodes.ts";
import type { NumberDType } from "../../core/dtype.ts";
import type { Zyx } from "../../core/shape.ts";
import type { Binary } from "../../export/channels.ts";
import type { Connectivity } from "../../image/components.ts";
import type { Kwargs } from "../step.ts";
import type { Condition } from "./mask-spec.ts";
import type { ObjectFilter } from "./object-choice.ts";
import type { VoxelPlace } from "./voxel-place.ts";

/** What is foreground of the volume. */
export type Foreground =
	| { readonly kind: "where"; readonly conditions: readonly Condition[] }
	| { readonly kind: "labels"; readonly channel: number };

/** Objects of sections that become objects of the volume, and filters on these. */
export type Stitch = { readonly rule: Kwargs<"section_stitch">; readonly filters: readonly ObjectFilter[] };

/** One id an object: components of the foreground. */
export type ComponentsProgram = {
	readonly kind: "components";
	readonly foreground: Foreground;
	readonly connectivity: Connectivity;
	/** True: each section by itself; ids go on from section to section. */
	readonly flat: boolean;
	readonly stitch?: Stitch;
	/** On whole objects, one after another. */
	readonly filters: readonly ObjectFilter[];
};

/** Objects grow from seeds, whole components, down the values of a channel, as far as the foreground goes. */
export type WatershedProgram = {
	readonly kind: "watershed";
	readonly seeds: readonly Condition[];
	/** Of seeds. */
	readonly connectivity: Connectivity;
	/** On whole seeds, before they grow. */
	readonly seedFilters: readonly ObjectFilter[];
	readonly heights: number;
	/** Where that channel lies; the place of the program where it is missing. */
	readonly heightsPlace?: VoxelPlace;
	/** Lower values count as this. */
	readonly leastHeight?: number;
	readonly foreground: readonly Condition[];
	/** True: objects grow through all that is not foreground too, which belongs to none of them in the end. */
	readonly isThrough?: boolean;
	readonly flat: boolean;
	readonly stitch?: Stitch;
	/** On what has grown. */
	readonly filters: readonly ObjectFilter[];
};

/** A mask: objects of the foreground that are large enough, holes filled. Order: threshold, small objects, holes. */
export type BinaryProgram = {
	readonly kind: "binary";
	readonly conditions: readonly Condition[];
	/** Objects of fewer voxels go; faces connect. */
	readonly removeSmall: number;
	readonly fillHoles: boolean;
	readonly flat: boolean;
	/** What is written where the mask is, 0 elsewhere, and the element type. */
	readonly value: number;
	readonly dtype: NumberDType;
};

/** Nodes that are evaluated one after another, each over the whole volume; the last one gives the objects. */
export type GraphProgram = {
	readonly kind: "graph";
	readonly nodes: readonly DecodeNode[];
	/** Channels of the volume that decoding is given, in its order. */
	readonly channels: readonly number[];
	/** Whether steps that leave it open work section by section. */
	readonly sectionwise: boolean;
	/** Extents of a voxel, z, y, x. */
	readonly spacing: Zyx;
	/** Channels are first kept within their cleaned masks (`export/channels.ts`), over the whole volume. */
	readonly binary?: Binary;
};

/** One of them. JSON-able. */
export type VolumeProgram = ComponentsProgram | WatershedProgram | BinaryProgram | GraphProgram;
