/**
 * Command lines as Python's argparse reads them: `-step_size 0.5`, `-f 0 1 2`, `-d4`, `--save_prob` for the only option
 * that begins so. nnU-Net's commands are given in this way, which the parser of nnvol's own commands cannot read.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/** One argument of a command; a name without dashes is a word by its place. */
export type Argument = {
	/** The first one is what the value is asked for by. */
	readonly names: readonly string[];
	/** `value` takes one word, `values` one or more, `flag` none. */
	readonly kind: "value" | "values" | "flag";
	readonly required?: true;
	readonly help: string;
};

/** What a command line says. */
export interface Arguments {
	/** True where the argument was given. */
	has(name: string): boolean;
	/** Its word; undefined where it was not given. */
	one(name: string): string | undefined;
	/** Its word. @throws RangeError for an argument that is not required */
	need(name: string): string;
	/** Its words; undefined where it was not given. */
	many(name: string): readonly string[] | undefined;
}

/** @throws CONFIG naming what is missing, unknown or too many */
export function parseArguments(command: string, known: readonly Argument[], argv: readonly string[]): Arguments {
	const reader = new Reader(command, known);
	for (let at = 0; at < argv.length; ) at = reader.take(argv, at);
	return reader.finish();
}

/** What `-h` prints. */
export function helpText(command: string, what: string, known: readonly Argument[]): string {
	const rows = known.map(
		(argument) => [spelling(argument), `${argument.help}${argument.required ? " (needed)" : ""}`] as const,
	);
	const width = Math.max(...rows.map(([left]) => left.length));
	const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
	return `Usage: nnvol ${command} [options]\n\n${what}\n\n${lines}`;
}

function spelling({ names, kind }: Argument): string {
	return `${names.join(", ")}${isWord(names) || kind === "flag" ? "" : kind === "value" ? " X" : " X [X ...]"}`;
}

const isWord = (names: readonly string[]): boolean => names[0]?.startsWith("-") === false;

/** An option as it was written, with the value that was joined to it. */
type Found = { readonly argument: Argument; readonly joined?: string };

class Reader {
	readonly #command: string;
	readonly #known: readonly Argument[];
	readonly #values = new Map<string, readonly string[]>();
	readonly #words: string[] = [];

	constructor(command: string, known: readonly Argument[]) {
		this.#command = command;
		this.#known = known;
	}

	/** Takes the word at `at` and those that belong to it; gives where the next one is. */
	take(argv: readonly string[], at: number): number {
		const word = argv[at] ?? "";
		if (word === "--") {
			this.#words.push(...argv.slice(at + 1));
			return argv.length;
		}
		if (!isOption(word)) {
			this.#words.push(word);
			return at + 1;
		}
		const { argument, joined } = this.#find(word);
		const [key = ""] = argument.names;
		const values = joined === undefined ? this.#valuesAfter(argument, argv, at) : [joined];
		this.#values.set(key, values);
		return joined === undefined ? at + 1 + values.length : at + 1;
	}

	/** The words that belong to the option at `at`. */
	#valuesAfter({ kind }: Argument, argv: readonly string[], at: number): readonly string[] {
		if (kind === "flag") return [];
		const following = argv.slice(at + 1, kind === "value" ? at + 2 : argv.length);
		const next = following.findIndex(isOption);
		const values = next < 0 ? following : following.slice(0, next);
		if (values.length > 0) return values;
		throw this.#fault(`${argv[at]} expects ${kind === "value" ? "a value" : "one or more values"}`);
	}

	finish(): Arguments {
		const places = this.#known.filter(({ names }) => isWord(names));
		for (const [n, { names }] of places.entries()) {
			const word = this.#words[n];
			if (word !== undefined) this.#values.set(names[0] ?? "", [word]);
		}
		const surplus = this.#words[places.length];
		if (surplus !== undefined) throw this.#fault(`'${surplus}' belongs to no argument`);
		const missing = this.#known.filter(({ names, required }) => required && !this.#values.has(names[0] ?? ""));
		if (missing.length > 0) throw this.#fault(`${missing.map(({ names }) => names[0]).join(", ")} must be given`);
		const values = this.#values;
		return {
			has: (name) => values.has(name),
			one: (name) => values.get(name)?.[0],
			many: (name) => values.get(name),
			need: (name) => {
				const value = values.get(name)?.[0];
				if (value === undefined) throw new RangeError(`${name} is not required`);
				return value;
			},
		};
	}

	/** The option that `word` spells: whole, up to `=`, with its value joined to one letter, or by its beginning. */
	#find(word: string): Found {
		const whole = this.#byName(word);
		if (whole !== undefined) return { argument: whole };
		const sign = word.indexOf("=");
		const name = sign < 0 ? word : word.slice(0, sign);
		const value = sign < 0 ? {} : { joined: word.slice(sign + 1) };
		const named = sign < 0 ? undefined : this.#byName(name);
		if (named !== undefined) return this.#withValue(named, value, word);
		const found = new Map<Argument, Found>();
		for (const argument of this.#known) {
			if (argument.names.some((other) => other.startsWith("-") && other.startsWith(name)))
				found.set(argument, { argument, ...value });
		}
		const letter = word.startsWith("--") ? undefined : this.#byName(word.slice(0, 2));
		if (letter !== undefined && letter.kind !== "flag") found.set(letter, { argument: letter, joined: word.slice(2) });
		const [first] = found.values();
		if (first !== undefined && found.size === 1) return this.#withValue(first.argument, first, word);
		if (first === undefined) throw this.#fault(`${word} is not known`);
		throw this.#fault(`${word} may be ${[...found.keys()].map(({ names }) => names[0]).join(" or ")}`);
	}

	#withValue(argument: Argument, { joined }: { readonly joined?: string }, word: string): Found {
		if (joined === undefined) return { argument };
		if (argument.kind === "flag") throw this.#fault(`${word}: ${argument.names[0]} takes no value`);
		return { argument, joined };
	}

	#byName(name: string): Argument | undefined {
		return this.#known.find(({ names }) => name.startsWith("-") && names.includes(name));
	}

	#fault(what: string): NnvolError {
		return new NnvolError("CONFIG", `${this.#command}: ${what} (nnvol ${this.#command} -h lists the arguments)`);
	}
}

/** A dash alone and negative numbers are values. */
function isOption(word: string): boolean {
	return word.startsWith("-") && word !== "-" && !/^-\d+$|^-\d*\.\d+$/.test(word);
}
