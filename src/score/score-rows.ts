/**
 * Scores for people: which columns a comparison has, a row a case and one for the mean.
 *
 * @module
 */
import type { ScoreReport } from "./score-report.ts";

type Scores = ScoreReport["cases"][number]["scores"];

/** A column: its heading and the number that it shows. */
type Column = readonly [heading: string, value: (scores: Scores) => number | null | undefined, digits?: number];

const FOREGROUND: readonly Column[] = [
	["Dice", ({ foreground }) => foreground.dice],
	["IoU", ({ foreground }) => foreground.iou],
	["precision", ({ foreground }) => foreground.precision],
	["recall", ({ foreground }) => foreground.recall],
];

const CLASSES: readonly Column[] = [
	["Dice", ({ meanOfClasses }) => meanOfClasses?.dice],
	["IoU", ({ meanOfClasses }) => meanOfClasses?.iou],
	["precision", ({ meanOfClasses }) => meanOfClasses?.precision],
	["recall", ({ meanOfClasses }) => meanOfClasses?.recall],
	["accuracy", ({ accuracy }) => accuracy],
];

const OBJECTS: readonly Column[] = [
	["true", ({ objects }) => objects?.truths, 0],
	["found", ({ objects }) => objects?.predictions, 0],
	["AP50", (scores) => atHalf(scores)?.averagePrecision],
	["F1@50", (scores) => atHalf(scores)?.f1],
	["mAP", ({ objects }) => objects?.meanAveragePrecision],
	["PQ", ({ objects }) => objects?.panoptic.panopticQuality],
	["ARE", ({ objects }) => objects?.adaptedRand.error],
	["VI split", ({ objects }) => objects?.variationOfInformation.split],
	["VI merge", ({ objects }) => objects?.variationOfInformation.merge],
	["fg IoU", ({ foreground }) => foreground.iou],
];

const COLUMNS: Readonly<Record<ScoreReport["comparison"], readonly Column[]>> = {
	foreground: FOREGROUND,
	classes: CLASSES,
	instances: OBJECTS,
};

/** Columns and rows of a report: names first, numbers as text. */
export function scoreRows(report: ScoreReport): {
	readonly heading: readonly string[];
	readonly rows: readonly string[][];
} {
	const columns = COLUMNS[report.comparison];
	const row = (name: string, scores: Scores) => [
		name,
		...columns.map(([, value, digits]) => numberText(value(scores), digits)),
	];
	const rows = report.cases.map(({ id, scores }) => row(id, scores));
	if (report.mean !== undefined && rows.length > 1) rows.push(row("mean", report.mean));
	return { heading: ["case", ...columns.map(([name]) => name)], rows };
}

function atHalf({ objects }: Scores) {
	return objects?.matching.find(({ threshold }) => threshold === 0.5);
}

/** A number of people's digits; "-" where there is none. */
function numberText(value: number | null | undefined, digits = 4): string {
	if (value === null || value === undefined) return "-";
	return digits === 0 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(digits);
}
