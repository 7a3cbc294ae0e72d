/**
 * A study as a picture: the score of each trial with the best so far, and the score over each parameter.
 *
 * Plain SVG, one file, no scripts; readable on light and dark pages.
 *
 * @module
 */
import { bestTrial } from "./best-trial.ts";
import type { Objective } from "./objective.ts";
import type { Parameter } from "./parameter.ts";
import { shortKey } from "./parse-space.ts";
import type { Space } from "./space.ts";
import type { TrialRecord } from "./study-file.ts";

/** Extents of a panel and what lies around it, in pixels. */
const PANEL = { width: 260, height: 180 };
const MARGIN = { left: 56, right: 14, top: 30, bottom: 40 };
const COLUMNS = 3;

/** Most characters of a title. */
const TITLE = 40;

/** Largest share of the scores, the worst, that may lie below the picture so that the good ones can be told apart. */
const HIDDEN = 0.1;

const COLOURS = { trial: "#3b6ea5", best: "#c8502d", standing: "#2f8f4e", frame: "#888888" };

type Scored = TrialRecord & { readonly score: number };
type Range = { readonly low: number; readonly high: number };
type Panel = {
	readonly title: string;
	readonly x: Range;
	readonly ticks: readonly (readonly [number, string])[];
	readonly marks: string;
};

/** SVG of the trials of a study; those without a score are left out. */
export function studyPlot(trials: readonly TrialRecord[], space: Space, objective: Objective): string {
	const scored = trials.filter(isScored);
	const y = scoreRange(scored, objective);
	const best = bestTrial(scored, objective);
	const panels = [historyPanel(scored, y, objective), ...space.map((one) => parameterPanel(one, scored, y, best))];
	const columns = panels.length === 4 ? 2 : Math.min(COLUMNS, panels.length);
	const rows = Math.ceil(panels.length / columns);
	const [cellWidth, cellHeight] = [MARGIN.left + PANEL.width + MARGIN.right, MARGIN.top + PANEL.height + MARGIN.bottom];
	const [width, height] = [columns * cellWidth, rows * cellHeight + 24];
	const cells = panels.map((panel, n) => {
		const [left, top] = [(n % columns) * cellWidth + MARGIN.left, Math.floor(n / columns) * cellHeight + MARGIN.top];
		return `<g transform="translate(${left} ${top})">${frame(panel, y)}${panel.marks}</g>`;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
		"<title>Scores of the trials over each parameter</title>",
		`<rect width="${width}" height="${height}" fill="#ffffff"/>`,
		...cells,
		legend(height - 12),
		"</svg>",
		"",
	].join("\n");
}

function isScored(record: TrialRecord): record is Scored {
	return record.score !== null;
}

/** From the best score down to where the worst few begin, with some room. */
function scoreRange(trials: readonly Scored[], { direction }: Objective): Range {
	const sorted = trials.map(({ score }) => score).sort((a, b) => (direction === "maximize" ? a - b : b - a));
	const [worst = 0, best = 1] = [sorted[Math.floor(HIDDEN * sorted.length)], sorted.at(-1)];
	const room = 0.06 * Math.abs(best - worst) || 0.01;
	return { low: Math.min(worst, best) - room, high: Math.max(worst, best) + room };
}

function historyPanel(trials: readonly Scored[], y: Range, objective: Objective): Panel {
	const x = { low: 0, high: Math.max(1, ...trials.map(({ trial }) => trial)) };
	const dots = inOrder(trials)
		.map((one) => dot(place(one.trial, x, PANEL.width), one, y))
		.join("");
	const steps: string[] = [];
	for (const [n, one] of trials.entries()) {
		const best = bestTrial(trials.slice(0, n + 1), objective)?.score ?? one.score;
		steps.push(
			`${n === 0 ? "M" : "L"}${place(one.trial, x, PANEL.width).toFixed(1)} ${height(within(best, y), y).toFixed(1)}`,
		);
	}
	const line = `<path d="${steps.join("")}" fill="none" stroke="${COLOURS.best}" stroke-width="1.5"/>`;
	const ticks = [x.low, Math.round(x.high / 2), x.high].map((value) => [value, String(value)] as const);
	return { title: `${objective.metric} over trials`, x, ticks, marks: dots + line };
}

function parameterPanel(
	parameter: Parameter,
	trials: readonly Scored[],
	y: Range,
	best: TrialRecord | undefined,
): Panel {
	const scale = scaleOf(parameter);
	const xOf = (record: TrialRecord) => scale.place(record.point[parameter.key]);
	const inside = trials.filter((record) => xOf(record) !== undefined);
	const at = (record: TrialRecord) => place(xOf(record) ?? 0, scale.range, PANEL.width);
	const dots = inOrder(inside)
		.map((record) => dot(at(record), record, y))
		.join("");
	const top =
		best === undefined || xOf(best) === undefined || best.score === null ? "" : ring(at(best), height(best.score, y));
	return { title: titleOf(parameter), x: scale.range, ticks: scale.ticks, marks: dots + top };
}

/** A key short enough to stand above a panel. */
function titleOf({ key }: Parameter): string {
	const title = shortKey(key).replace(".kwargs.", ".");
	return title.length <= TITLE ? title : `...${title.slice(3 - TITLE)}`;
}

/** Where values of a parameter lie along an axis; undefined for values that do not. */
function scaleOf(parameter: Parameter): {
	readonly range: Range;
	readonly ticks: Panel["ticks"];
	readonly place: (value: unknown) => number | undefined;
} {
	if (parameter.kind === "choice") {
		const texts = parameter.choices.map((choice) => JSON.stringify(choice));
		return {
			range: { low: -0.5, high: texts.length - 0.5 },
			ticks: texts.map((text, n) => [n, text] as const),
			place: (value) => {
				const n = texts.indexOf(JSON.stringify(value));
				return n < 0 ? undefined : n;
			},
		};
	}
	const { low, high, log } = parameter;
	const toLine = (value: number) => (log ? Math.log(value) : value);
	const middle = log ? Math.sqrt(low * high) : (low + high) / 2;
	return {
		range: { low: toLine(low), high: toLine(high) },
		ticks: [low, middle, high].map((value) => [toLine(value), short(value)] as const),
		place: (value) => (typeof value === "number" && value >= low && value <= high ? toLine(value) : undefined),
	};
}

function frame({ title, x, ticks }: Panel, y: Range): string {
	const labels = ticks.map(([value, text]) => {
		const at = place(value, x, PANEL.width).toFixed(1);
		return `<text x="${at}" y="${PANEL.height + 15}" text-anchor="middle" fill="#444444">${xmlText(text)}</text>`;
	});
	const heights = [y.low, (y.low + y.high) / 2, y.high].map(
		(value) =>
			`<text x="-6" y="${(height(value, y) + 4).toFixed(1)}" text-anchor="end" fill="#444444">${value.toFixed(3)}</text>`,
	);
	return [
		`<rect width="${PANEL.width}" height="${PANEL.height}" fill="none" stroke="${COLOURS.frame}"/>`,
		`<text x="0" y="-9" fill="#222222" font-weight="bold">${xmlText(title)}</text>`,
		...labels,
		...heights,
	].join("");
}

/** The configuration as it stands is drawn last, so that no trial hides it. */
function inOrder(trials: readonly Scored[]): readonly Scored[] {
	return [...trials.filter(({ isDefault }) => !isDefault), ...trials.filter(({ isDefault }) => isDefault)];
}

/** Trials below the picture are drawn on its edge, hollow. */
function dot(x: number, { score, isDefault }: Scored, y: Range): string {
	const isInside = score >= y.low && score <= y.high;
	const colour = isDefault ? COLOURS.standing : COLOURS.trial;
	const fill = isInside ? `fill="${colour}" fill-opacity="0.6"` : `fill="none" stroke="${colour}"`;
	const at = height(within(score, y), y).toFixed(1);
	return `<circle cx="${x.toFixed(1)}" cy="${at}" r="${isDefault ? 4 : 2.6}" ${fill}/>`;
}

function ring(x: number, y: number): string {
	return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5" fill="none" stroke="${COLOURS.best}" stroke-width="1.5"/>`;
}

function legend(y: number): string {
	const entries = [
		[COLOURS.trial, "trial"],
		[COLOURS.standing, "configuration as it stands"],
		[COLOURS.best, "best"],
	] as const;
	return entries
		.map(([colour, text], n) => {
			const x = MARGIN.left + n * 110 + (n === 2 ? 80 : 0);
			return `<circle cx="${x}" cy="${y - 4}" r="4" fill="${colour}"/><text x="${x + 9}" y="${y}" fill="#222222">${text}</text>`;
		})
		.join("");
}

function within(score: number, { low, high }: Range): number {
	return Math.min(high, Math.max(low, score));
}

function place(value: number, { low, high }: Range, extent: number): number {
	return high === low ? extent / 2 : ((value - low) / (high - low)) * extent;
}

function height(value: number, range: Range): number {
	return PANEL.height - place(value, range, PANEL.height);
}

function short(value: number): string {
	return String(Number(value.toPrecision(3)));
}

function xmlText(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
