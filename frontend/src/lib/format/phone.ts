/** The country codes that do not have two digits. */
const codes = /^(1|7|2[1-689]\d|3[578]\d|42\d|50\d|59\d|6[789]\d|8[0578]\d|9[679]\d)/

/** A number in groups that can be read out: "+51 987 654 321". What is no whole number is left as it was written. */
export function spoken(number: string): string {
  if (!/^\+\d{6,}$/.test(number)) return number
  const digits = number.slice(1)
  const code = codes.exec(digits)?.[0] ?? digits.slice(0, 2)
  const groups: string[] = []
  for (let end = digits.length; end > code.length; end -= 3) {
    groups.unshift(digits.slice(Math.max(code.length, end - 3), end))
  }
  return [`+${code}`, ...groups].join(' ')
}

/** A number as the register keeps it, of one that was read out in groups. */
export const joined = (number: string): string =>
  /^\+[\d ]+$/.test(number) ? number.replaceAll(' ', '') : number
