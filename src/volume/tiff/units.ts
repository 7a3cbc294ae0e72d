/**
 * Names of units of length as ImageJ and OME write them.
 *
 * @module
 */

const UNITS: Readonly<Record<string, string>> = {
	nm: "nanometer",
	nanometer: "nanometer",
	nanometre: "nanometer",
	um: "micrometer",
	micron: "micrometer",
	microns: "micrometer",
	micrometer: "micrometer",
	micrometre: "micrometer",
	"\u00b5m": "micrometer",
	"\u03bcm": "micrometer",
	"\\u00b5m": "micrometer", // ImageJ writes the letter as six
	mm: "millimeter",
	millimeter: "millimeter",
	cm: "centimeter",
	m: "meter",
	"\u00c5": "angstrom",
	"\u212b": "angstrom",
};

/** One name a unit; a unit that is not known here keeps its own; undefined for none ("", "pixel"). */
export function unitName(text: string | undefined): string | undefined {
	if (text === undefined || text === "" || /^(pixel|inch|null)s?$/i.test(text)) return undefined;
	return UNITS[text] ?? UNITS[text.toLowerCase()] ?? text;
}
