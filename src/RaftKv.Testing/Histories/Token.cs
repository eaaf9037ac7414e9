using System.Buffers;
using System.Globalization;
using System.Text;

namespace RaftKv.Testing.Histories;

/// <summary>
/// Text without spaces for keys and values: letters, digits, <c>_</c>, <c>.</c> and <c>/</c> stand for themselves, every other byte
/// of the UTF-8 form is <c>%</c> and two hexadecimal digits, nothing at all is <c>%</c>. <c>-</c> alone stands for absence.
/// </summary>
internal static class Token
{
    public const string Absent = "-";

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_./");

    public static string Write(string? text)
    {
        if (text is null)
            return Absent;
        if (text.Length == 0)
            return "%";
        if (!text.ContainsAnyExcept(Plain))
            return text;
        StringBuilder written = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (Plain.Contains(c))
                written.Append(c);
            else
                written.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return written.ToString();
    }

    public static string? Read(string token)
    {
        if (token == Absent)
            return null;
        if (token == "%")
            return "";
        if (!token.Contains('%'))
            return token;
        List<byte> bytes = new(token.Length);
        for (int i = 0; i < token.Length; i++)
        {
            if (token[i] != '%')
            {
                bytes.Add((byte)token[i]);
                continue;
            }
            if (i + 2 >= token.Length || !byte.TryParse(token.AsSpan(i + 1, 2), NumberStyles.HexNumber, null, out byte b))
                throw new FormatException($"'{token}': a % is followed by two hexadecimal digits.");
            bytes.Add(b);
            i += 2;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>A key, which is never absent.</summary>
    public static string Key(string token) => Read(token) ?? throw new FormatException("A key is missing.");
}
