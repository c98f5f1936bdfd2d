/** Why a type text could not be read. Never leaves `type-parser.ts`. */
export class TypeSyntax extends Error {
  readonly expected: string;

  constructor(expected: string, position: number) {
    super(expected);
    this.expected = `${expected} at character ${position + 1}`;
  }
}

/** Reads the words and signs of a Spark DDL text from left to right. */
export class TypeScanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(expected: string, position: number = this.position): never {
    throw new TypeSyntax(expected, position);
  }

  atEnd(): boolean {
    this.skipSpace();
    return this.position >= this.text.length;
  }

  /** Takes the sign if it comes next. */
  takes(sign: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(sign, this.position)) return false;
    this.position += sign.length;
    return true;
  }

  needs(sign: string, context: string): void {
    if (!this.takes(sign)) this.fail(`\`${sign}\` ${context}`);
  }

  /** Takes the words, whatever their case, if they come next as whole words. */
  takesWords(words: string): boolean {
    return this.match(new RegExp(`${words.replaceAll(' ', String.raw`\s+`)}\\b`, 'iy')) !== undefined;
  }

  word(expected: string): string {
    return this.match(/[A-Za-z_]\w*/y) ?? this.fail(expected);
  }

  wholeNumber(expected: string): number {
    return Number(this.match(/\d+/y) ?? this.fail(expected));
  }

  /** A field's name: plain, or in backquotes with a doubled backquote inside. */
  fieldName(): string {
    const quoted = this.match(/`(?:[^`]|``)+`/y);
    if (quoted !== undefined) return quoted.slice(1, -1).replaceAll('``', '`');
    return this.match(/[\p{L}\p{N}_$-]+/uy) ?? this.fail('the name of a field');
  }

  /** A text in single or double quotes; a backslash escapes. */
  quotedText(expected: string): string {
    const quoted = this.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy) ?? this.fail(expected);
    return quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
  }

  private match(pattern: RegExp): string | undefined {
    this.skipSpace();
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text.charAt(this.position))) this.position += 1;
  }
}
