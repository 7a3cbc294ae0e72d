/**
 * Memory over the course of streamed runs, as an SVG: a panel a format and network, a line a size of the volume. Colours are
 * readable on white and on black.
 *
 * @module
 */
import type { MemoryRun } from "./stream-results.ts";

const PANEL = { width: 380, height: 190 };
const MARGIN = { left: 52, right: 28, top: 34, bottom: 40 };
const GREY = "#808890";
const LINES = ["#d9822b", "#3b82f6", "#2fa36b", "#b45fd0"];
const LIMIT = "#d64545";
const FONT = 'font-family="system-ui, sans-serif"';

/** The SVG of `runs`, which are ordered by panel and size. */
export function memoryPlot(runs: readonly MemoryRun[]): string {
	const panels = new Map<string, MemoryRun[]>();
	for (const run of runs) {
		const name = `${run.format === "zarr" ? "Zarr" : "HDF5"}, ${run.network}`;
		panels.set(name, [...(panels.get(name) ?? []), run]);
	}
	const sizes = [...new Set(runs.map(({ gib }) => gib))].sort((a, b) => a - b);
	const most = Math.max(...runs.map(({ memory, peak }) => Math.max(memory * 1.15, peak)));
	const top = Math.ceil(most / 5e8) * 0.5;
	const [cellWidth, cellHeight] = [PANEL.width + MARGIN.left + MARGIN.right, PANEL.height + MARGIN.top + MARGIN.bottom];
	const [width, height] = [cellWidth * Math.min(2, panels.size), cellHeight * Math.ceil(panels.size / 2) + 26];
	const cells = [...panels].map(([name, own], n) => {
		const [x, y] = [(n % 2) * cellWidth + MARGIN.left, Math.floor(n / 2) * cellHeight + MARGIN.top];
		return `<g transform="translate(${x} ${y})">${panel(name, own, sizes, top)}</g>`;
	});
	const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" ${size} ${FONT} font-size="12" fill="${GREY}">`,
		"<title>Resident memory of streamed runs</title>",
		...cells,
		legend(sizes, height - 12),
		"</svg>\n",
	].join("\n");
}

function panel(name: string, runs: readonly MemoryRun[], sizes: readonly number[], top: number): string {
	const y = (gigabytes: number) => round(PANEL.height * (1 - gigabytes / top));
	const ticks = Array.from({ length: Math.round(top / 0.5) + 1 }, (_, n) => n / 2);
	const grid = ticks.map(
		(tick) =>
			`<path d="M0 ${y(tick)}H${PANEL.width}" stroke="${GREY}" stroke-opacity="0.3"/>${text(-8, y(tick) + 4, tick.toFixed(1), "end")}`,
	);
	const shares = [0, 0.25, 0.5, 0.75, 1].map((share) =>
		text(share * PANEL.width, PANEL.height + 16, `${share * 100} %`, "middle"),
	);
	const [first] = runs;
	const memory = (first?.memory ?? 0) / 1e9;
	const limit = `<path d="M0 ${y(memory)}H${PANEL.width}" stroke="${LIMIT}" stroke-dasharray="5 4"/>`;
	const courses = runs.map(({ course, gib }) => {
		const points = course.map(
			(bytes, n) => `${round((n / Math.max(1, course.length - 1)) * PANEL.width)},${y(bytes / 1e9)}`,
		);
		return `<polyline points="${points.join(" ")}" fill="none" stroke="${colourOf(gib, sizes)}" stroke-width="1.6"/>`;
	});
	const title = `<text x="0" y="-12" font-size="14" font-weight="600">${name}</text>`;
	return [
		title,
		...grid,
		...shares,
		limit,
		text(PANEL.width, -12, "GB, over the share of the run", "end"),
		...courses,
	].join("");
}

function legend(sizes: readonly number[], y: number): string {
	const entries = [
		...sizes.map((gib) => [`${gib} GiB`, `stroke="${colourOf(gib, sizes)}" stroke-width="2.5"`] as const),
		["--memory", `stroke="${LIMIT}" stroke-width="1.5" stroke-dasharray="5 4"`] as const,
	];
	return entries
		.map(([name, stroke], n) => {
			const x = MARGIN.left + n * 110;
			return `<path d="M${x} ${y - 4}h26" ${stroke}/>${text(x + 32, y, name, "start")}`;
		})
		.join("");
}

function colourOf(gib: number, sizes: readonly number[]): string {
	return LINES[sizes.indexOf(gib) % LINES.length] ?? GREY;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
	return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}
