using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RaftKv.Tidy;

/// <summary>The manner of the source text, checked where a machine can check it.</summary>
public sealed partial class SourceTests
{
    private const int FunctionLinesMax = 70;
    private const int LineLengthMax = 150;

    private static readonly string[] Generated = ["[LoggerMessage", "[LibraryImport"];

    /// <summary>Functions that may be longer. The list only shrinks.</summary>
    private static readonly string[] LongFunctions = [];

    [Fact]
    public void No_function_is_longer_than_seventy_lines()
    {
        List<string> found = [];
        foreach (string file in Repository.Files("", ".cs"))
        {
            SyntaxTree tree = CSharpSyntaxTree.ParseText(Repository.Read(file), path: file);
            foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
            {
                if (node is not (BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax))
                    continue;
                FileLinePositionSpan span = tree.GetLineSpan(node.Span);
                int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
                if (lines > FunctionLinesMax)
                    found.Add($"{file}:{NameOf(node)} ({lines} lines)");
            }
        }

        Offenders.None(found.Where(function => !LongFunctions.Contains(function[..function.LastIndexOf(" (", StringComparison.Ordinal)])));
        Offenders.None(LongFunctions.Where(exempt => !found.Any(function => function.StartsWith(exempt + " (", StringComparison.Ordinal))));
    }

    [Fact]
    public void Lines_fit_a_screen() =>
        Offenders.None(Lines(".cs").Where(line => line.Text.Length > LineLengthMax).Select(line => $"{line.File}:{line.Number}"));

    [Fact]
    public void Nothing_is_left_behind_for_later() =>
        Offenders.None(Lines(".cs", ".md", ".props", ".csproj")
            .Where(line => line.File != "tests/RaftKv.Tidy.Tests/SourceTests.cs" && LeftBehind().IsMatch(line.Text))
            .Select(line => $"{line.File}:{line.Number}: {line.Text.Trim()}"));

    [Fact]
    public void Nothing_waits_by_the_clock_in_products_and_tests() =>
        Offenders.None(Lines(".cs")
            .Where(line => !line.File.StartsWith("benchmarks/", StringComparison.Ordinal)
                && line.File != "tests/RaftKv.Tidy.Tests/SourceTests.cs" && Sleeps().IsMatch(line.Text))
            .Select(line => $"{line.File}:{line.Number}: {line.Text.Trim()}"));

    [Fact]
    public void No_class_is_split_over_files_or_folded_into_regions()
    {
        List<string> wrong = [];
        foreach (string file in Repository.Files("src/", ".cs"))
        {
            string text = Repository.Read(file);
            if (text.Contains("#region", StringComparison.Ordinal))
                wrong.Add($"{file}: #region");
            // Source generators (logging, interop) need the keyword; a second part in another file does not.
            if (PartialType().IsMatch(text) && !Generated.Any(attribute => text.Contains(attribute, StringComparison.Ordinal)))
                wrong.Add($"{file}: partial");
        }

        Offenders.None(wrong);
    }

    [Fact]
    public void Folders_are_at_most_two_levels_deep_and_files_carry_their_main_types_name()
    {
        List<string> wrong = [];
        foreach (string file in Repository.Files("src/", ".cs").Where(file => !file.StartsWith("src/Shared/", StringComparison.Ordinal)))
        {
            if (file.Split('/').Length > 5)
                wrong.Add($"{file}: too deep");
            CompilationUnitSyntax root = CSharpSyntaxTree.ParseText(Repository.Read(file)).GetCompilationUnitRoot();
            string stem = Path.GetFileNameWithoutExtension(file);
            if (!root.DescendantNodes().Any(node => node is BaseTypeDeclarationSyntax type && type.Identifier.Text == stem
                || node is DelegateDeclarationSyntax function && function.Identifier.Text == stem))
                wrong.Add($"{file}: declares no type {stem}");
        }

        Offenders.None(wrong);
    }

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        AccessorDeclarationSyntax accessor => $"{(accessor.Parent?.Parent as PropertyDeclarationSyntax)?.Identifier}.{accessor.Keyword}",
        _ => node.Kind().ToString(),
    };

    private static IEnumerable<(string File, int Number, string Text)> Lines(params string[] endings) =>
        Repository.Files("", endings).SelectMany(file => Repository.Read(file).Split('\n').Select((text, at) => (file, at + 1, text)));

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|Skip\s*=\s*""")]
    private static partial Regex LeftBehind();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(\s*\d")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"\bpartial\s+(class|struct|record|interface)\b")]
    private static partial Regex PartialType();
}
