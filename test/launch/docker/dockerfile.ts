/**
 * A Dockerfile as instructions and stages: as much of the language as the project's files use; anything else is refused.
 *
 * @module
 */

/** One instruction: continued lines joined, comments left out. */
export type Instruction = { readonly name: string; readonly text: string };

/** What stands from one FROM to the next. `name` is undefined for the last, which is the image. */
export type Stage = {
	readonly base: string;
	readonly name: string | undefined;
	readonly instructions: readonly Instruction[];
};

/** Files that a COPY takes, and where it puts them. `from` is a stage's name; undefined: the repository. */
export type Copy = { readonly from: string | undefined; readonly sources: readonly string[]; readonly target: string };

const KNOWN = ["FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "ENTRYPOINT", "CMD"];

/** The stages of a file. @throws Error for an instruction that is not known, or one before the first FROM */
export function stagesOf(text: string): Stage[] {
	const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
	for (const { name, text: rest } of instructionsOf(text)) {
		if (name === "FROM") {
			const [, base = "", as] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
			if (base === "") throw new Error(`FROM ${rest}`);
			stages.push({ base, name: as, instructions: [] });
			continue;
		}
		const stage = stages.at(-1);
		if (stage === undefined) throw new Error(`${name} before FROM`);
		stage.instructions.push({ name, text: rest });
	}
	return stages;
}

function instructionsOf(text: string): Instruction[] {
	const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
	const joined = lines.join("\n").replace(/\\\n\s*/g, "");
	return joined
		.split("\n")
		.filter((line) => line.trim() !== "")
		.map((line) => {
			const [, name = "", rest = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
			if (!KNOWN.includes(name)) throw new Error(`not an instruction: ${line}`);
			return { name, text: rest };
		});
}

/** Instructions of a stage by name. */
export function named(stage: Stage, name: string): string[] {
	return stage.instructions.filter((one) => one.name === name).map(({ text }) => text);
}

/** The COPY instructions of a stage. @throws Error for options other than --from */
export function copiesOf(stage: Stage): Copy[] {
	return named(stage, "COPY").map((text) => {
		const words = text.split(/\s+/);
		const from = /^--from=(.+)$/.exec(words[0] ?? "")?.[1];
		const rest = from === undefined ? words : words.slice(1);
		const target = rest.at(-1);
		if (target === undefined || rest.length < 2 || rest.some((word) => word.startsWith("--")))
			throw new Error(`COPY ${text}`);
		return { from, sources: rest.slice(0, -1), target };
	});
}
