using System.Globalization;

namespace RaftKv.Load;

/// <summary>What to measure, from the command line.</summary>
internal sealed class LoadOptions
{
    public const string Help = """
        Measures proposals to three nodes in one process over loopback, durable before they are acknowledged.

          --clients N,N,...   concurrent clients, each with one proposal under way (default 1,100,1000)
          --seconds N         length of each measurement (default 5)
          --size N            bytes of a proposal (default 256)
          --nodes N           members (default 3)
          --via leader|all    where clients propose (default leader)
          --reads             read barriers instead of proposals
          --directory PATH    where the logs are written (default: a temporary directory)

        snapshot [MIB]: streams a state of that length (default 1024) from member to member, plain and by TLS.
        """;

    public int[] Clients { get; private set; } = [1, 100, 1000];

    public int Seconds { get; private set; } = 5;

    public int Size { get; private set; } = 256;

    public int Nodes { get; private set; } = 3;

    public bool ViaAll { get; private set; }

    public bool Reads { get; private set; }

    public string? Directory { get; private set; }

    /// <summary>Reads the command line; null when it asks for help or is wrong.</summary>
    public static LoadOptions? Parse(string[] arguments)
    {
        LoadOptions options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name == "--reads")
            {
                options.Reads = true;
                continue;
            }
            if (i + 1 == arguments.Length || !options.Set(name, arguments[++i]))
                return null;
        }
        return options;
    }

    private bool Set(string name, string value)
    {
        switch (name)
        {
            case "--clients":
                Clients = [.. value.Split(',').Select(Number)];
                return true;
            case "--seconds":
                Seconds = Number(value);
                return true;
            case "--size":
                Size = Number(value);
                return true;
            case "--nodes":
                Nodes = Number(value);
                return true;
            case "--via":
                ViaAll = value == "all";
                return value is "leader" or "all";
            case "--directory":
                Directory = value;
                return true;
            default:
                return false;
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
