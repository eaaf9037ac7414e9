using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RaftKv.Tidy;

/// <summary>The C# that documents show compiles against the assemblies as they are built now.</summary>
public sealed partial class SnippetTests
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading.Tasks;";

    [Fact]
    public void Every_program_that_a_document_shows_compiles()
    {
        List<string> wrong = [];
        int programs = 0;
        foreach (string document in Repository.Files("", ".md"))
        {
            foreach (Match snippet in Snippet().Matches(Repository.Read(document)))
            {
                programs++;
                wrong.AddRange(Errors(snippet.Groups[1].Value).Select(error => $"{document}: {error}"));
            }
        }

        Assert.True(programs > 0, "No document shows a program.");
        Offenders.None(wrong);
    }

    private static IEnumerable<string> Errors(string program)
    {
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(program), CSharpSyntaxTree.ParseText(ImplicitUsings)],
            platform.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error).Select(found => found.ToString());
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
