using RaftKv.Testing.Checkers;
using RaftKv.Testing.Histories;

namespace RaftKv.Testing.Tests;

/// <summary>Histories written by hand: each bad one breaks the property it names, the good ones break none.</summary>
public sealed class HistoryFileTests
{
    private static readonly IHistoryChecker[] Checkers =
    [
        .. HistoryCheckers.All, new TransferSum("bank/", 100), new CounterTotal("count/"), new LockSafety("lock/", "fenced/"),
    ];

    public static TheoryData<string> Good => Files("Good");

    public static TheoryData<string> Bad => Files("Bad");

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_history_is_accepted(string name) => Assert.Empty(HistoryCheckers.Check(Read("Good", name), Checkers));

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_history_is_rejected_for_what_it_breaks(string name)
    {
        const string Mark = "# breaks: ";
        string property = File.ReadLines(PathOf("Bad", name)).First()[Mark.Length..];

        Assert.NotEmpty(Checkers.Single(checker => checker.Property == property).Check(Read("Bad", name)));
    }

    [Fact]
    public void There_is_a_bad_history_for_every_property()
    {
        HashSet<string> broken = [.. Bad.Select(row => File.ReadLines(PathOf("Bad", row.Data)).First()["# breaks: ".Length..])];

        Assert.Empty(Checkers.Select(checker => checker.Property).Where(property => !broken.Contains(property)));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void A_history_comes_back_as_it_was_written(string name)
    {
        History history = Read("Good", name);
        using StringWriter writer = new();
        HistoryFile.Write(history, writer);

        History again = HistoryFile.Read(writer.ToString());
        Assert.Equal(history.Events.Select(line => line.ToString()), again.Events.Select(line => line.ToString()));
    }

    [Theory]
    [InlineData("0 c1 call put x 1", "begins with the line")]
    [InlineData("raftkv-history 1\n0 c1 ok 2 + .", "Line 2: c1 is answered without having called")]
    [InlineData("raftkv-history 1\n0 c1 call put x 1\n\n1 c1 call put x 2", "Line 4: c1 calls while a call of it is open")]
    [InlineData("raftkv-history 1\n0 c1 call push x", "Line 2: 'push x' is no step")]
    [InlineData("raftkv-history 1\n0 c1 call txn x=1 put y 2", "a transaction has its conditions before a ?")]
    [InlineData("raftkv-history 1\n0 c1 call get %4", "a % is followed by two hexadecimal digits")]
    [InlineData("raftkv-history 1\nnow c1 call get x", "is no event")]
    [InlineData("raftkv-history 1\n0 c1 ok x + .", "Line 2")]
    [InlineData("raftkv-history 1\n0 w1 batch 2 2:set:x:1", "is no change")]
    [InlineData("raftkv-history 1\n0 w1 hopes 2", "nothing that a history tells")]
    public void Text_that_is_no_history_is_refused_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => HistoryFile.Read(text)).Message, StringComparison.Ordinal);

    private static TheoryData<string> Files(string folder) =>
    [
        .. Directory.EnumerateFiles(Path.GetDirectoryName(PathOf(folder, "x"))!)
            .Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal),
    ];

    private static History Read(string folder, string name) => HistoryFile.Read(File.ReadAllText(PathOf(folder, name)));

    private static string PathOf(string folder, string name) =>
        Path.Combine(AppContext.BaseDirectory, "Histories", folder, name + ".txt");
}
