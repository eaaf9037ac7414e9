using System.Globalization;

namespace RaftKv.Load;

/// <summary>What to measure, from the command line.</summary>
internal sealed class LoadOptions
{
    public static string Help => $"""
        Measures three members in one process over loopback, writes durable before they are acknowledged.

          NAME ...            what to measure (default all): {Measurements.Names}
          --clients N,N,...   concurrent clients, each with one request under way (default 1,100,1000)
          --seconds N         length of each measurement (default 3)
          --size N            bytes of a proposal (default 256)
          --groups N          groups of three members (default 1000)
          --etcd PATH         the etcd program to compare with (default: etcd, if it is installed)
          --directory PATH    where the logs are written (default: a temporary directory)
          --document PATH     the page whose section is replaced, as docs/benchmarks.md (default: none)
        """;

    public List<string> Chosen { get; } = [];

    public int[] Clients { get; private set; } = [1, 100, 1000];

    public int Seconds { get; private set; } = 3;

    public int Size { get; private set; } = 256;

    public int GroupCount { get; private set; } = 1000;

    public string Etcd { get; private set; } = "etcd";

    public string? Directory { get; private set; }

    public string? Document { get; private set; }

    /// <summary>Which member this process is, when another one started it to be one; else 0.</summary>
    public int MemberId { get; private set; }

    /// <summary>How long it waits for a leader then.</summary>
    public int ElectionTicks { get; private set; }

    /// <summary>The addresses of all members then.</summary>
    public string[] Addresses { get; private set; } = [];

    /// <summary>Reads the command line; null when it asks for help or is wrong.</summary>
    public static LoadOptions? Parse(string[] arguments)
    {
        LoadOptions options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (Measurements.Exists(name))
                options.Chosen.Add(name);
            else if (i + 1 == arguments.Length || !options.Set(name, arguments[++i]))
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
            case "--groups":
                GroupCount = Number(value);
                return true;
            case "--etcd":
                Etcd = value;
                return true;
            case "--directory":
                Directory = value;
                return true;
            case "--document":
                Document = value;
                return true;
            case "--member":
                string[] parts = value.Split(',');
                (MemberId, ElectionTicks, Addresses) = (Number(parts[0]), Number(parts[1]), parts[2..]);
                return true;
            default:
                return false;
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
