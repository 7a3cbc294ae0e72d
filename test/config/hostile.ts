/**
 * Damaged, mistaken and hostile configurations, each with what its error must say.
 *
 * `a.yaml` is the file that is loaded; where there is none of that name, a missing file is meant.
 *
 * @module
 */
import type { Files } from "./folder.ts";

/** One case; `expect` must match the message. */
export type HostileConfig = {
	readonly name: string;
	readonly files: Files;
	readonly overrides?: readonly string[];
	readonly expect: RegExp;
};

const bomb = ["l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
for (let i = 1; i < 10; i++)
	bomb.push(
		`l${i}: &l${i} [${Array(10)
			.fill(`*l${i - 1}`)
			.join(", ")}]`,
	);

const references = ["vars:", "  l0: ab"];
for (let i = 1; i < 40; i++) references.push(`  l${i}: \${.l${i - 1}}\${.l${i - 1}}`);

const override = (name: string, text: string, expect: RegExp): HostileConfig => ({
	name,
	files: { "a.yaml": "" },
	overrides: [text],
	expect,
});
const file = (name: string, text: string | Uint8Array, expect: RegExp): HostileConfig => ({
	name,
	files: { "a.yaml": text },
	expect,
});

/** The corpus. */
export const HOSTILE_CONFIGS: readonly HostileConfig[] = [
	// files that are no configurations
	{ name: "a missing file", files: { "ab.yaml": "" }, expect: /a\.yaml does not exist; did you mean 'ab\.yaml'\?/ },
	{ name: "a folder", files: { "a.yaml/x.yaml": "" }, expect: /a\.yaml is a folder; name the YAML file in it/ },
	file(
		"a checkpoint in its place",
		new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]),
		/is a zip archive \(a model\?\).*--checkpoint/,
	),
	file("binary data", new Uint8Array([1, 2, 0, 4]), /a\.yaml is binary, not a YAML configuration/),
	file("UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0]), /is UTF-16; save it as UTF-8/),
	file("Latin-1", new Uint8Array([0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0x3a, 0xe9]), /is not UTF-8 \(line 2\)/),
	file("a huge file", new Uint8Array((1 << 20) + 1).fill(0x20), /has 1048577 bytes, which no configuration has/),
	// bad YAML
	file("a tab to indent", "system:\n\tseed: 1\n", /a\.yaml:2: a tab is used to indent/),
	file(
		"a key twice",
		"system:\n  seed: 1\n  num_cpus: 1\n  seed: 2\n",
		/a\.yaml:4: the key 'seed' is there twice in one map/,
	),
	file("two documents", "system: {seed: 1}\n---\nsystem: {seed: 2}\n", /a\.yaml:2: a second document starts here/),
	file("a list at the root", "- a\n- b\n", /a\.yaml:1: expected sections such as 'inference:'.*found a list/),
	file("one word at the root", "hello\n", /a\.yaml:1: expected sections.*found one plain value/),
	file("an unclosed quote", 'model:\n  nnunet_checkpoint: "m.pth\n', /a\.yaml:\d: not valid YAML: Missing closing/),
	file(
		"a Python tag",
		"system:\n  seed: !!python/object:os.system 1\n",
		/a\.yaml:2: tags such as '!!python\/object:os\.system' are not taken/,
	),
	file("an own tag", "system: !include other.yaml\n", /a\.yaml:1: tags such as '!include' are not taken/),
	file(
		"a glob taken for an alias",
		"inference: {volume_mode: {file_pattern: *.h5}}\n",
		/a\.yaml:1: '\*\.h5' is an alias of an anchor that is not there; put quotes/,
	),
	file(
		"a template taken for a map",
		"inference:\n  volume_mode:\n    output_name: {stem}_{suffix}\n",
		/a\.yaml:3: not valid YAML.*put quotes around text that begins with \{/,
	),
	file(
		"a reference in brackets without quotes",
		`inference:\n  data: {output_path: \${vars.x}}\n`,
		/a\.yaml:2: .*put quotes around "\$\{\.\.\.\}"/,
	),
	file("a list as a key", "? [a, b]\n: 1\n", /a\.yaml:1: a key must be a plain name/),
	file("the key __proto__", "vars:\n  __proto__: {polluted: true}\n", /a\.yaml:2: '__proto__' cannot be a key/),
	file("aliases that multiply", bomb.join("\n"), /more than 100000 values once its aliases are expanded/),
	file(
		"an alias that holds itself",
		"vars: {a: &x [*x]}\n",
		/nested deeper than 64 levels, or an alias that holds itself/,
	),
	file("brackets without end", "[".repeat(50_000), /a\.yaml:1: nested deeper than 64 levels/),
	file("maps without end", "a: {".repeat(20_000), /nested deeper than 64 levels/),
	file("lists without end", "- ".repeat(20_000), /nested deeper than 64 levels/),
	file("a merge key without a map", "vars:\n  <<: 3\n", /a\.yaml:2: '<<' merges maps/),
	// wrong keys and values
	file(
		"a misspelt key",
		"inference:\n  sliding_window:\n    overlp: 0.5\n",
		/a\.yaml:3: unknown key 'inference\.sliding_window\.overlp'; did you mean 'inference\.sliding_window\.overlap'\?/,
	),
	file("a misspelt section", "inferense: {}\n", /a\.yaml:1: unknown key 'inferense'; did you mean 'inference'\?/),
	file(
		"a key in the wrong section",
		"inference:\n  overlap: 0.5\n",
		/a\.yaml:2: unknown key 'inference\.overlap'; did you mean 'inference\.sliding_window\.overlap'\?/,
	),
	file(
		"a section that is a value",
		"system: 3\n",
		/a\.yaml:1: system: expected keys below it \(num_gpus.*found the number 3/,
	),
	file(
		"PyTorch Connectomics' device key",
		"model:\n  nnunet_device: cuda\n",
		/model\.nnunet_device: not a key here; the device is 'system\.device'/,
	),
	file(
		"a training section",
		"optimization:\n  max_epochs: 100\n",
		/a\.yaml:2: optimization: not a key here; training is not part/,
	),
	file(
		"a truth value of YAML 1.1",
		"inference: {postprocessing: {binary: {enabled: yes}}}\n",
		/expected true or false, found the text "yes"; in YAML 1\.2/,
	),
	file(
		"a number in quotes",
		"system:\n  seed: '7'\n",
		/a\.yaml:2: system\.seed: expected a whole number.*"7"; write the number without quotes/,
	),
	file(
		"axis 3",
		"inference: {test_time_augmentation: {flip_axes: [[1], [3]]}}\n",
		/flip_axes: expected .*z = 0, y = 1, x = 2, found the list \[\[1\],\[3\]\]/,
	),
	file(
		"an overlap of 1",
		"inference: {sliding_window: {overlap: 1}}\n",
		/overlap: expected a number from 0 up to, not including, 1, found the number 1/,
	),
	file("a fold twice", "model: {folds: [0, 0]}\n", /model\.folds: a fold is named twice/),
	file(
		"a name that leaves the folder",
		"inference: {volume_mode: {output_name: '../{stem}'}}\n",
		/output_name: the name must stay inside inference\.data\.output_path/,
	),
	file(
		"an unknown placeholder",
		"inference: {volume_mode: {output_name: '{stm}_x'}}\n",
		/unknown placeholder '\{stm\}'; did you mean 'stem'\?/,
	),
	file(
		"a list file and a pattern",
		"inference: {volume_mode: {file_list: a.txt, file_pattern: '*.h5'}}\n",
		/file_list and file_pattern are both set; keep one/,
	),
	file(
		"an infinite threshold",
		"inference: {postprocessing: {binary: {threshold: .inf}}}\n",
		/threshold: expected a number, found the text "\.inf"/,
	),
	// files built on files
	{
		name: "a circle of files",
		files: { "a.yaml": "_base_: b.yaml\n", "b.yaml": "defaults: [a]\n" },
		expect: /b\.yaml:1: 'a': the files are built on each other in a circle: \S*a\.yaml -> \S*b\.yaml -> \S*a\.yaml/,
	},
	{
		name: "a file built on itself",
		files: { "a.yaml": "_base_: a.yaml\n" },
		expect: /a\.yaml:1: 'a\.yaml': .*in a circle: \S*a\.yaml -> \S*a\.yaml/,
	},
	{
		name: "a missing base",
		files: { "a.yaml": "\n_base_: bas.yaml\n", "base.yaml": "" },
		expect: /a\.yaml:2: 'bas\.yaml': the configuration file \S*bas\.yaml does not exist; did you mean 'base\.yaml'\?/,
	},
	{
		name: "a missing default",
		files: { "a.yaml": "defaults:\n  - system: mine\n" },
		expect:
			/a\.yaml:2: 'system: mine': the configuration file \S*mine\.yaml does not exist; the folder \S*system does not exist either/,
	},
	file(
		"a group with a package",
		"defaults:\n  - system@model: x\n",
		/a\.yaml:2: defaults: 'system@model': 'group@package' is not supported/,
	),
	file("defaults that are no list", "defaults: base\n", /a\.yaml:1: defaults: expected a list/),
	file("_self_ twice", "defaults: [_self_, _self_]\n", /defaults: '_self_' is there twice/),
	file("a base that is a number", "_base_: 3\n", /_base_: expected a path, or a list of paths/),
	// references
	file(
		"a circle of references",
		`vars: {a: '\${vars.b}', b: '\${vars.a}'}\n`,
		/the references go in a circle: vars\.a -> vars\.b -> vars\.a/,
	),
	file("a reference to what holds it", `vars: {a: {b: '\${vars.a}'}}\n`, /the references go in a circle/),
	file(
		"a reference to nothing",
		`vars: {x: '\${model.nnunet_chekpoint}'}\n`,
		/names 'model\.nnunet_chekpoint', which is not there; did you mean 'model\.nnunet_checkpoint'\?/,
	),
	file("a reference without end", `vars: {x: '\${model.folds'}\n`, /vars\.x: '\$\{' is not closed/),
	file(
		"a variable that is not set",
		`vars: {x: '\${env:NNVOL_NOT_SET}'}\n`,
		/the environment variable NNVOL_NOT_SET is not set; .*\$\{env:NNVOL_NOT_SET,default\}/,
	),
	file("an unknown resolver", `vars: {x: '\${now:%Y}'}\n`, /'\$\{now:\.\.\.\}' is not known/),
	file("references that multiply", references.join("\n"), /references make a text of more than 65536 characters/),
	file("a map within text", `vars: {x: 'a\${system}'}\n`, /a map cannot be put into text/),
	// arguments
	override("an argument without a value", "system.seed", /argument 'system\.seed': expected system\.seed=VALUE/),
	override("an argument without a key", "=1", /expected key=value, found no key/),
	override(
		"an unset shell variable",
		"inference.volume_mode.start_index=",
		/start_index: expected a whole number.*found nothing \(null\) \(nothing stands after '='; an unset shell variable\?\)/,
	),
	override("an unset GPU number", "system.device=cuda:", /system\.device: a device's number is missing after 'cuda:'/),
	override(
		"a misspelt argument",
		"inference.volume_mode.strat_index=1",
		/did you mean 'inference\.volume_mode\.start_index'\?/,
	),
	override(
		"an argument that is bad YAML",
		"inference.test_time_augmentation.flip_axes=[[1]",
		/argument '.*': not valid YAML/,
	),
	override("an argument with __proto__", "+__proto__.x=1", /'__proto__' cannot be a key/),
	override("an argument below a value", "system.seed.x=1", /system\.seed is one value, not a map: it has no 'x'/),
	override("taking away what is not there", "~system.foo", /there is no system\.foo to take away/),
	override("taking away another value", "~system.seed=1", /system\.seed is 42, not 1: nothing was taken away/),
	{
		name: "adding what is there",
		files: { "a.yaml": "system: {seed: 1}\n" },
		overrides: ["+system.seed=2"],
		expect: /system\.seed has a value already; write system\.seed=\.\.\., or \+\+/,
	},
	override(
		"a step of 0",
		"inference.volume_mode.step=0",
		/step: expected a whole number of 1 or more, found the number 0/,
	),
	override(
		"a channel from the end",
		"inference.test_time_augmentation.select_channel=-1",
		/channels are not counted from the end/,
	),
	override("a list entry that is not there", "model.folds.0=1", /model\.folds is null: give it whole/),
];
