// @ts-check

/**
 * What a reader does not see, or what makes other characters appear elsewhere than they stand: control and format characters (bidi, zero
 * width, tags), lone surrogates, what is ignored where it has no glyph (Unicode's Default_Ignorable_Code_Point), the blank of
 * Braille, line breaks, tabs, and every blank but the space. What joins emoji is no surprise. The command line has the same expression
 * (`src/cli/visible.ts`): who decides there sees no more and no less.
 */
export const UNSEEN =
  /\r\n|[\n\t]|(?:(?!\r\n|[\n\t ]|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}])\uFE0F|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])+/gu;
