/**
 * Reads Prometheus' text format, and refuses what the format does not allow.
 *
 * @module
 */

/** One line with a value. */
export type PageSample = {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
};

/** A page: types by metric, and samples. */
export type PrometheusPage = { readonly types: ReadonlyMap<string, string>; readonly samples: readonly PageSample[] };

const SAMPLE = /^([a-zA-Z_:][\w:]*)\{(.*)\} (\S+)$/;

/** Reads a page. @throws where a line is neither, a metric has no type before it, or a series is there twice */
export function parsePage(text: string): PrometheusPage {
	if (!text.endsWith("\n")) throw new RangeError("the last line has no end");
	const types = new Map<string, string>();
	const samples: PageSample[] = [];
	const seen = new Set<string>();
	for (const line of text.slice(0, -1).split("\n")) {
		if (/^# HELP [\w:]+ \S/.test(line)) continue;
		const [, typed, type] = /^# TYPE ([\w:]+) (gauge|counter|histogram)$/.exec(line) ?? [];
		if (typed !== undefined) {
			if (types.has(typed)) throw new RangeError(`${typed} has two types`);
			types.set(typed, type ?? "");
			continue;
		}
		const sample = sampleOf(line);
		const base = sample.name.replace(/_(bucket|sum|count)$/, "");
		if (!types.has(sample.name) && types.get(base) !== "histogram") throw new RangeError(`no type before: ${line}`);
		const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
		if (seen.has(key)) throw new RangeError(`twice: ${line}`);
		seen.add(key);
		samples.push(sample);
	}
	return { types, samples };
}

/** The value of the first sample of that name with these labels. */
export function seriesValue(
	page: PrometheusPage,
	name: string,
	labels: Readonly<Record<string, string>> = {},
): number | undefined {
	return page.samples.find(
		(one) => one.name === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text),
	)?.value;
}

function sampleOf(line: string): PageSample {
	const [, name, inner = "", value = ""] = SAMPLE.exec(line) ?? [];
	if (name === undefined) throw new RangeError(`no sample: ${line}`);
	const number = Number(value);
	if (Number.isNaN(number)) throw new RangeError(`no number: ${line}`);
	const labels: Record<string, string> = {};
	let rest = inner;
	while (rest !== "") {
		const [all, key = "", text = ""] = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest) ?? [];
		if (all === undefined) throw new RangeError(`no label: ${rest}`);
		labels[key] = text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
		rest = rest.slice(all.length);
	}
	return { name, labels, value: number };
}
