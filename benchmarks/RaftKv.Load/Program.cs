using RaftKv.Load;

if (LoadOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(LoadOptions.Help);
    return args is ["--help"] ? 0 : 1;
}
if (options.MemberId > 0)
    return await MemberProcess.RunAsync(options);
string directory = options.Directory ?? Directory.CreateTempSubdirectory("raftkv-load-").FullName;
try
{
    List<Figure> figures = [];
    foreach (IMeasurement measurement in Measurements.Chosen(options))
    {
        foreach (Figure figure in await measurement.RunAsync(options, Path.Combine(directory, measurement.Name)))
        {
            Console.WriteLine(figure.Line());
            figures.Add(figure);
        }
    }
    if (options.Document is { } document)
        BenchmarkDocument.Replace(document, figures);
    return 0;
}
finally
{
    if (Directory.Exists(directory))
        Directory.Delete(directory, recursive: true);
}
