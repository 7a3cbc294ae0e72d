/**
 * The part of `docs/decoding.md` that is made from the steps themselves: what each does, its kwargs, and other names.
 *
 * @module
 */
import { CATALOGUE, LATER_STEPS } from "./decoding/catalogue.ts";
import type { StepSpec } from "./decoding/spec.ts";
import { fieldMeta } from "./schema/field.ts";

/** Between these lines a page holds what is made here. */
export const PAGE_MARKS = ["<!-- steps: made by scripts/docs-config.ts -->", "<!-- end of steps -->"] as const;

/** `page` with the steps between its marks as they are now. @throws RangeError where it has no marks */
export function withSteps(page: string): string {
	const [begin, end] = PAGE_MARKS;
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < from) throw new RangeError(`the page has no part between ${begin} and ${end}`);
	return `${page.slice(0, from)}${begin}\n\n${stepsMarkdown()}\n\n${page.slice(to)}`;
}

function stepsMarkdown(): string {
	const groups: readonly (readonly [string, (spec: StepSpec) => boolean])[] = [
		["### From channels to channels", ({ gives }) => gives === "channels"],
		["### From channels to objects", ({ gives, takes }) => gives === "objects" && takes[0] === "channels"],
		["### From objects to objects", ({ gives, takes }) => gives === "objects" && takes[0] === "objects"],
	];
	const parts = groups.flatMap(([title, isIn]) => [
		title,
		...[...CATALOGUE].filter(([, spec]) => isIn(spec)).map(([name, spec]) => stepMarkdown(name, spec)),
	]);
	const later = [...LATER_STEPS].map(([name, why]) => `| \`${name}\` | ${why} |`);
	return [...parts, "### Not built", ["| name | what is there |", "|---|---|", ...later].join("\n")].join("\n\n");
}

function stepMarkdown(name: string, { text, takes, kwargs, aka = [], inert = {} }: StepSpec): string {
	const also = aka.length === 0 ? "" : ` Also: ${aka.map((other) => `\`${other}\``).join(", ")}.`;
	const two = takes.length > 1 ? ` Takes ${takes.join(" and ")}; in a list the channels are those of the network.` : "";
	const rows = Object.entries(kwargs.shape).map(([key, schema]) => {
		const meta = fieldMeta(schema);
		const names = [key, ...(meta?.aka ?? [])].map((other) => `\`${other}\``).join(", ");
		return `| ${names} | ${meta?.shown ?? `\`${JSON.stringify(schema.parse(undefined))}\``} | ${meta?.text} Takes ${meta?.expects}. |`;
	});
	const fixed = Object.entries(inert).map(([key, { text: why }]) => `\`${key}\` (${why})`);
	const taken = fixed.length === 0 ? [] : [`Taken with one value only: ${fixed.join("; ")}.`];
	const table = ["| kwarg | default | meaning |", "|---|---|---|", ...rows].join("\n");
	return [`#### \`${name}\``, `${text}${two}${also}`, table, ...taken].join("\n\n");
}
