namespace RaftKv.Raft.Membership;

/// <summary>Where a member is reached. The protocol carries the text along with the configuration and never looks into it.</summary>
/// <param name="Node">The member.</param>
/// <param name="Address">1 to 255 printable ASCII characters without spaces and parentheses.</param>
public readonly record struct MemberAddress(NodeId Node, string Address)
{
    /// <summary>The most characters an address has.</summary>
    public const int LengthMax = 255;

    /// <summary>Whether a text can be an address.</summary>
    public static bool IsValid(string? address)
    {
        if (address is not { Length: > 0 and <= LengthMax })
            return false;
        foreach (char c in address)
        {
            if (c is <= ' ' or > '~' or '(' or ')')
                return false;
        }
        return true;
    }

    /// <summary>Member and address with a colon between.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Node}:{Address}");
}
