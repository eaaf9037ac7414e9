using RaftKv.Raft;

namespace RaftKv.Node.Transport;

/// <summary>The answer to a hello that was accepted: what both sides speak from now on.</summary>
/// <param name="Version">The highest version that both speak; one of those that the hello named.</param>
/// <param name="Features">Those offered by the hello that the answering side has too.</param>
/// <param name="Formats">The log formats that the answering side's build speaks.</param>
/// <remarks>
/// <c>version: 1 byte, features: 1 byte, formats: 8 bytes</c> (<see cref="FormatsField"/>), which earlier builds left out; what follows is
/// passed over, for later versions may append to it.
/// </remarks>
internal readonly record struct Welcome(byte Version, byte Features, LogFormatRange Formats)
{
    private const int BodyBytes = 2;

    public byte[] Encode()
    {
        byte[] body = new byte[BodyBytes + FormatsField.Bytes];
        (body[0], body[1]) = (Version, Features);
        FormatsField.Write(body.AsSpan(BodyBytes), Formats);
        return body;
    }

    /// <summary>Reads a body back; null when it is not one, or names a version that this node does not speak.</summary>
    public static Welcome? Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < BodyBytes || body[0] is < WireFormat.VersionMin or > WireFormat.VersionMax)
            return null;
        return FormatsField.Read(body[BodyBytes..]) is { } formats ? new Welcome(body[0], body[1], formats) : null;
    }
}
