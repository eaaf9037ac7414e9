using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using RaftKv.Raft.Membership;

namespace RaftKv.Node;

/// <summary>Members' addresses as the configuration carries them: <c>10.0.0.1:7000</c>, <c>[::1]:7000</c> or <c>db1.example:7000</c>.</summary>
public static class MemberEndPoint
{
    /// <summary>The text of an address.</summary>
    /// <exception cref="ArgumentException">
    /// It is neither an <see cref="IPEndPoint"/> nor a <see cref="DnsEndPoint"/>, or has no such text.
    /// </exception>
    public static string Format(EndPoint address) =>
        IsValid(address) ? Text(address)! : throw new ArgumentException($"'{address}' is no address of a member.", nameof(address));

    internal static bool IsValid(EndPoint address) => MemberAddress.IsValid(Text(address));

    /// <summary>Reads a text back; false when it is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EndPoint? address)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        int colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        ReadOnlySpan<char> host = text.AsSpan(0, colon);
        if (host is ['[', .., ']'])
            host = host[1..^1];
        if (host.IsEmpty)
            return false;
        address = IPAddress.TryParse(host, out IPAddress? ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host.ToString(), port);
        return true;
    }

    private static string? Text(EndPoint address) => address switch
    {
        IPEndPoint ip => ip.ToString(),
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        _ => null,
    };
}
