using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace RaftKv.Samples.Cluster;

/// <summary>Parses values of the command line; a mistake is one sentence.</summary>
internal static class CommandLineTypes
{
    /// <summary>A number within bounds.</summary>
    public static Func<ArgumentResult, int> Number(string option, int min, int max) => result =>
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max)
            return value;
        result.AddError($"{option} must be a number from {min} to {max}, not '{text}'.");
        return min;
    };

    /// <summary>A numeric address with a port.</summary>
    public static Func<ArgumentResult, IPEndPoint> Address(string option) => result =>
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (TryAddress(text, out IPEndPoint address))
            return address;
        result.AddError($"{option} must be an address with a port such as 127.0.0.1:7001, not '{text}'.");
        return address;
    };

    /// <summary>Numeric addresses with ports.</summary>
    public static Func<ArgumentResult, IPEndPoint[]> Addresses(string option) => result =>
    {
        List<IPEndPoint> addresses = [];
        foreach (Token token in result.Tokens)
        {
            if (!TryAddress(token.Value, out IPEndPoint address))
                result.AddError($"{option} must be an address with a port such as 127.0.0.1:7001, not '{token.Value}'.");
            addresses.Add(address);
        }
        return [.. addresses];
    };

    /// <summary>Members, each as number=address.</summary>
    public static Func<ArgumentResult, SortedDictionary<int, IPEndPoint>> Members(string option) => result =>
    {
        SortedDictionary<int, IPEndPoint> members = [];
        foreach (Token token in result.Tokens)
        {
            string[] parts = token.Value.Split('=');
            if (parts.Length == 2 && TryAddress(parts[1], out IPEndPoint address)
                && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id) && members.TryAdd(id, address))
            {
                continue;
            }
            result.AddError($"{option} must be a member's own number and its address such as 1=127.0.0.1:7001, not '{token.Value}'.");
        }
        return members;
    };

    private static bool TryAddress(string text, out IPEndPoint address)
    {
        bool valid = IPEndPoint.TryParse(text, out IPEndPoint? parsed) && text.Contains(':', StringComparison.Ordinal);
        address = valid ? parsed! : new IPEndPoint(IPAddress.Loopback, 0);
        return valid;
    }
}
