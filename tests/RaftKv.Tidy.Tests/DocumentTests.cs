using System.Text.RegularExpressions;

namespace RaftKv.Tidy;

/// <summary>Documents name things that exist.</summary>
public sealed partial class DocumentTests
{
    /// <summary>Words in code marks that look like names of ours but are the field's, the platform's or an option's.</summary>
    private static readonly HashSet<string> Foreign =
    [
        "ActivitySource", "FileStream", "IsAotCompatible", "RandomAccess", "ReadOnlyMemory", "ReadOnlySpan", "SafeFileHandle",
        "TimeProvider",
    ];

    [Fact]
    public void Every_type_or_member_that_a_document_names_exists_in_the_source()
    {
        HashSet<string> words = [.. Repository.Files("", ".cs", ".csproj", ".props", ".txt")
            .SelectMany(file => Word().Matches(Repository.Read(file)).Select(match => match.Value))];
        List<string> unknown = [];
        foreach (string document in Documents())
        {
            foreach (Match mark in CodeMark().Matches(WithoutFences(Repository.Read(document))))
            {
                foreach (Match name in PascalName().Matches(mark.Groups[1].Value))
                {
                    if (!words.Contains(name.Value) && !Foreign.Contains(name.Value))
                        unknown.Add($"{document}: {name.Value}");
                }
            }
        }

        Offenders.None(unknown);
    }

    [Fact]
    public void Every_path_that_a_document_names_exists()
    {
        List<string> missing = [];
        foreach (string document in Documents())
        {
            foreach (Match path in RepositoryPath().Matches(Repository.Read(document)))
            {
                string name = path.Value.TrimEnd('.', '/');
                if (!File.Exists(Path.Combine(Repository.Root, name)) && !Directory.Exists(Path.Combine(Repository.Root, name)))
                    missing.Add($"{document}: {name}");
            }

            foreach (Match link in Link().Matches(Repository.Read(document)))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target)))
                    missing.Add($"{document}: link to {target}");
            }
        }

        Offenders.None(missing);
    }

    [Fact]
    public void The_architecture_draws_every_project()
    {
        string drawing = Repository.Read("docs/architecture.md");
        Offenders.None(Repository.Files("src/", ".csproj").Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => !Regex.IsMatch(drawing, $@"src/{Regex.Escape(name)}\b")));
    }

    private static IEnumerable<string> Documents() => Repository.Files("", ".md");

    private static string WithoutFences(string text) => Fence().Replace(text, "");

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeMark();

    [GeneratedRegex(@"\b[A-Za-z_][A-Za-z0-9_]*\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?:[A-Z][a-z0-9]+){2,}\b")]
    private static partial Regex PascalName();

    [GeneratedRegex(@"(?<![\w/.])(?:src|tests|samples|benchmarks|docs|eng)/[\w./-]+")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
